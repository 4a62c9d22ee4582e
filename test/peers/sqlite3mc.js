// SPDX-License-Identifier: ISC
// node sqlite3mc.js FILE KEY: as test/bench/vfs_sql.c, by SQLite3 Multiple
// Ciphers.  Run in the folder that test/peers/sqlite3mc prints.
'use strict';
const fs = require('fs');
const path = require('path');
const Database = require(path.join(process.cwd(), 'node_modules',
	'better-sqlite3-multiple-ciphers'));

const [file, key] = process.argv.slice(2);
const db = new Database(file);
db.pragma("cipher='chacha20'");
db.pragma(`key='${key.replace(/'/g, "''")}'`);
for (const line of fs.readFileSync(0, 'utf8').split('\n')) {
	if (line === '.kill')
		process.kill(process.pid, 'SIGKILL');
	for (const sql of line.split(';').filter((s) => s.trim() !== '')) {
		const statement = db.prepare(sql);
		if (!statement.reader) {
			statement.run();
			continue;
		}
		for (const row of statement.raw().all())
			fs.writeSync(1, row.join('|') + '\n');
	}
}
db.close();
