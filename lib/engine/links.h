/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Links that go down and come up: seen twice a second by EAL's own thread, counted, and logged.
 * When one is back, its addresses are announced again: who was asked in between has forgotten us,
 * or speaks to the port of a switch that we have left.
 */
#ifndef TCT_ENGINE_LINKS_H
#define TCT_ENGINE_LINKS_H

struct tct_endpoint;

/* [control] From the start of the endpoint to its stop. */
void links_watch(struct tct_endpoint *e);
void links_unwatch(struct tct_endpoint *e);

#endif
