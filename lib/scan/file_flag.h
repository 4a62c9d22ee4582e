/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_FILE_FLAG_H
#define FE_SCAN_FILE_FLAG_H

/* What is said of a file (content.h), in the order of its texts there. */
enum content_flag {
	CONTENT_EXECUTABLE = 1,      /* by content or name */
	CONTENT_SCRIPT = 2,          /* .js, .vbs, .ps1, ... */
	CONTENT_SHORTCUT = 4,        /* .lnk, .url, .scf */
	CONTENT_DISK_IMAGE = 8,
	CONTENT_MACROS = 16,         /* VBA or XLM in OLE2 or OOXML */
	CONTENT_PDF_ACTIVE = 32,     /* JavaScript or launch actions */
	CONTENT_ENCRYPTED = 64,      /* or a file in it is */
	CONTENT_TWO_ENDS = 128,      /* invoice.pdf.exe */
	CONTENT_TURNED_NAME = 256,   /* characters that turn its direction */
	CONTENT_TYPE_DIFFERS = 512,  /* than declared, or than the name says */
	CONTENT_EICAR = 1024,        /* the test text for virus scanners */
	CONTENT_OBJECT = 2048,       /* a file packaged in a document */
	CONTENT_NESTED = 4096,       /* an archive in an archive */
	CONTENT_BOMB = 8192,         /* unpacked it is over a limit */
	CONTENT_DAMAGED = 16384,     /* an archive that ends within */
	CONTENT_UNREAD = 32768,      /* an archive that was not looked into */
	CONTENT_EXTERNAL = 65536,    /* a template or object from elsewhere */
	CONTENT_SMUGGLING = 131072   /* a page that makes a file when opened */
};
#define CONTENT_FLAGS_N 18

#endif
