/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of the YAML file as Markdown tables: tercet check --keys, and config/README.md. */
#ifndef TCT_APP_CONFIG_DOC_H
#define TCT_APP_CONFIG_DOC_H

#include <stdio.h>

void config_doc_print(FILE *out);

#endif
