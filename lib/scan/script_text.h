/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_SCRIPT_TEXT_H
#define FE_SCAN_SCRIPT_TEXT_H

#include <stdbool.h>

#include "base/slice.h"

/* A script for Windows under whatever name, known by its text: a job or
 * scriptlet in XML (.wsf, .sct), or one in JScript or VBScript that asks by
 * name for an object to run programs, write files or load from elsewhere. */
bool script_text_is(struct slice octets);

#endif
