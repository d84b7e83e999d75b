/* SPDX-License-Identifier: BSD-3-Clause */
/* Media types by the ends of file names: RFC 9110 8.3. */
#ifndef TCT_APP_SERVICES_HTTP_TYPE_H
#define TCT_APP_SERVICES_HTTP_TYPE_H

/* "application/octet-stream" when the end is not known. */
const char *http_type(const char *path);

#endif
