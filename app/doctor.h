/* SPDX-License-Identifier: BSD-3-Clause */
/* What tercet doctor found. doctor.c asks and says, the other doctor_*.c look. */
#ifndef TCT_APP_DOCTOR_H
#define TCT_APP_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host.h"

#define MIN_MEMORY_BYTES (512ull << 20) /* what a small bench takes */

enum group {
	GROUP_BENCH,
	GROUP_SERVE,
	GROUP_NICS,
	GROUP_SPEED,
	GROUP_MAX
};
enum verdict {
	VERDICT_OK,
	VERDICT_NOTE,
	VERDICT_LACK
};

struct finding {
	enum group group;
	enum verdict verdict;
	char text[200];
	char mend[320]; /* a line for the shell, advice as its comment; "": none */
};

#define MAX_FINDINGS 96

struct doctor {
	struct host host;
	struct finding findings[MAX_FINDINGS];
	unsigned count;
	const char *nic_driver; /* what NICs are bound to here: "vfio-pci", "uio_pci_generic" */
	bool hugepages_ready;
	unsigned nics_bound; /* and may be used */
	bool json;
};

/* Adds a finding, whose mend is still to be said; never NULL. */
struct finding *find(struct doctor *d, enum group group, enum verdict verdict, const char *format,
		     ...) __attribute__((format(printf, 4, 5)));

/* Says how a finding is mended. */
void mend(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first line of a file without its end, or "" when it cannot be read; returns text. */
const char *first_line(const char *path, char *text, size_t size);

/* CPU, cores, memory, huge pages in tables: groups bench and speed. */
void examine_machine(struct doctor *d);

/* What virtual ports need: /dev/net/tun, capabilities. */
void examine_virtual_ports(struct doctor *d);

/* What NICs need: huge pages, vfio; and, by examine_bus(), the NICs themselves. */
void examine_nics(struct doctor *d);

/* NICs on the PCI bus, their drivers, and what binding them takes. */
void examine_bus(struct doctor *d);

#endif
