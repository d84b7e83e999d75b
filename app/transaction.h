/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a transaction, one request and its response, can fail. Every transaction attempted is either
 * completed or failed for one of these reasons; enum, JSON and report are made of the one list.
 */
#ifndef TCT_APP_TRANSACTION_H
#define TCT_APP_TRANSACTION_H

#define TRANSACTION_FAULT_LIST(X)                                               \
	X(CUT, "cut", "the connection ended before the response did")           \
	X(TIMEOUT, "timeout", "no whole response within load.timeout")          \
	X(SURPLUS, "surplus", "more came than was asked for")                   \
	X(STATUS, "status", "an HTTP status other than load.expect-status")     \
	X(BODY, "body", "load.expect-body was not in the HTTP response")        \
	X(CHUNKED, "chunked", "HTTP transfer codings are not understood")       \
	X(LENGTH, "length", "no HTTP Content-Length, or more than one of them") \
	X(MALFORMED, "malformed", "not an HTTP/1 response")

enum transaction_fault {
#define X(id, name, help) FAULT_##id,
	TRANSACTION_FAULT_LIST(X)
#undef X
	FAULT_MAX
};

#endif
