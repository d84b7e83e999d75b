/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses as text. The text forms are inet_pton()'s: dotted quads without leading zeros, RFC
 * 4291 2.2. */

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "tercet.h"

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

int
tct_address_parse(const char *text, struct tct_address *address)
{
	struct tct_address a = {0};

	if (inet_pton(AF_INET, text, a.bytes + sizeof(mapped)) == 1)
		memcpy(a.bytes, mapped, sizeof(mapped));
	else if (inet_pton(AF_INET6, text, a.bytes) != 1)
		return -EINVAL;
	*address = a;
	return 0;
}

const char *
tct_address_format(const struct tct_address *address, char text[TCT_ADDRESS_TEXT])
{
	if (memcmp(address->bytes, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, address->bytes + sizeof(mapped), text, TCT_ADDRESS_TEXT);
	else
		inet_ntop(AF_INET6, address->bytes, text, TCT_ADDRESS_TEXT);
	return text;
}
