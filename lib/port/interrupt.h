/* SPDX-License-Identifier: BSD-3-Clause */
/* EAL's interrupt thread, on which drivers hear of their devices, and alarms ring. */
#ifndef TCT_PORT_INTERRUPT_H
#define TCT_PORT_INTERRUPT_H

/* Runs fn(arg) there and waits for its end. [any thread but that one] */
void interrupt_call(void (*fn)(void *arg), void *arg);

#endif
