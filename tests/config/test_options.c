/* SPDX-License-Identifier: BSD-3-Clause */
/* The command lines of bench, load and serve, as far as they can be read without running them. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "addresses.h"
#include "bench_options.h"

typedef int (*parser)(struct bench_options *o, int argc, char **argv);

#define MAX_ARGS 32

static char complaint[2048];

/* Parses name and the arguments; what goes to stderr is in complaint. */
static int
parse(parser p, struct bench_options *o, const char *name, const char *const args[])
{
	char *argv[MAX_ARGS + 2] = {(char *)name};
	int argc = 1, saved = dup(STDERR_FILENO), code;
	FILE *file = tmpfile();

	for (; args[argc - 1] != NULL; argc++)
		argv[argc] = (char *)args[argc - 1];
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	code = p(o, argc, argv);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	complaint[fread(complaint, 1, sizeof(complaint) - 1, file)] = '\0';
	fclose(file);
	return code;
}

#define BENCH(...)                              \
	parse(bench_options_parse, &o, "bench", \
	      (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static struct bench_options o;

static void
bench_default(void **state)
{
	const struct app_config *c = &o.config;

	assert_int_equal(BENCH(), OPTIONS_GO);
	assert_int_equal(c->lib.port_count, 2);
	assert_true(addresses_contain(&c->lib.ports[1].locals[0], &c->load.target));
	assert_true(address_is_ip4(&c->load.target));
	assert_int_equal(o.interval_ms, 1000);
	assert_false(o.quiet);
	assert_null(o.json);
	bench_options_free(&o);
}

static void
bench_options_are_settings(void **state)
{
	const struct load_config *load = &o.config.load;

	assert_int_equal(BENCH("--workload", "crr", "--duration=3s", "--warmup", "0", "--rate",
			       "500k", "--concurrency", "64", "--request-size", "100",
			       "--response-size", "1k", "--workers", "3", "--syn-cookies", "always",
			       "--time-wait", "1s", "--server-closes", "--quiet", "--interval",
			       "200ms", "--json", "-"),
			 OPTIONS_GO);
	assert_int_equal(load->workload, WORKLOAD_CRR);
	assert_int_equal(load->duration_ms, 3000);
	assert_int_equal(load->warmup_ms, 0);
	assert_int_equal(load->rate, 500000);
	assert_int_equal(load->concurrency, 64);
	assert_int_equal(load->request_size, 100);
	assert_int_equal(load->response_size, 1024);
	assert_true(load->server_closes);
	assert_int_equal(o.config.lib.workers, 3);
	assert_int_equal(o.config.lib.tcp.syn_cookies, TCT_SYN_COOKIES_ALWAYS);
	assert_int_equal(o.config.lib.tcp.time_wait_ms, 1000);
	assert_true(o.quiet);
	assert_int_equal(o.interval_ms, 200);
	assert_string_equal(o.json, "-");
	bench_options_free(&o);
}

static void
requests_and_streams(void **state)
{
	const struct load_config *load = &o.config.load;

	assert_int_equal(BENCH("--workload", "rr", "--requests", "5", "--protocol", "http",
			       "--server-closes", "--set", "load.path=/a"),
			 OPTIONS_GO);
	assert_int_equal(load->workload, WORKLOAD_RR);
	assert_int_equal(load->requests, 5);
	assert_int_equal(load->protocol, PROTOCOL_HTTP);
	assert_string_equal(load->path, "/a");
	assert_int_equal(load->concurrency, 256);
	bench_options_free(&o);
	assert_int_equal(BENCH("--workload", "stream", "--direction", "both", "--verify"),
			 OPTIONS_GO);
	assert_int_equal(load->workload, WORKLOAD_STREAM);
	assert_int_equal(load->direction, DIRECTION_BOTH);
	assert_true(load->verify);
	assert_int_equal(load->concurrency, 1);
	bench_options_free(&o);
	assert_int_equal(BENCH("--workload", "stream", "--workers", "3"), OPTIONS_GO);
	assert_int_equal(load->concurrency, 3);
	bench_options_free(&o);
	assert_int_equal(BENCH("--workload", "stream", "--concurrency", "7"), OPTIONS_GO);
	assert_int_equal(load->concurrency, 7);
	bench_options_free(&o);
}

static void
bench_over_ipv6(void **state)
{
	assert_int_equal(BENCH("--ipv6"), OPTIONS_GO);
	assert_false(address_is_ip4(&o.config.load.target));
	assert_int_equal(o.config.load.target.bytes[0], 0x20);
	bench_options_free(&o);
}

static void
eal_options_come_first(void **state)
{
	assert_int_equal(BENCH("-l", "0-2", "--no-pci", "--", "--workers", "2"), OPTIONS_GO);
	assert_int_equal(o.config.eal_count, 3);
	assert_string_equal(o.config.eal[0], "-l");
	assert_string_equal(o.config.eal[2], "--no-pci");
	assert_int_equal(o.config.lib.workers, 2);
	bench_options_free(&o);
	assert_int_equal(BENCH("--set", "eal=[--foo]"), OPTIONS_GO);
	assert_string_equal(o.config.eal[0], "--foo");
	bench_options_free(&o);
}

static void
later_ones_win(void **state)
{
	assert_int_equal(BENCH("--duration", "1s", "--set", "load.duration=2s"), OPTIONS_GO);
	assert_int_equal(o.config.load.duration_ms, 2000);
	bench_options_free(&o);
	assert_int_equal(BENCH("--set", "load.duration=2s", "--duration", "1s"), OPTIONS_GO);
	assert_int_equal(o.config.load.duration_ms, 1000);
	bench_options_free(&o);
}

static void
complains(int code, const char *wanted)
{
	assert_int_equal(code, 2);
	if (strncmp(complaint, wanted, strlen(wanted)) != 0)
		fail_msg("got '%s', wanted '%s'", complaint, wanted);
}

static void
complaints_name_the_option(void **state)
{
	complains(
		BENCH("--duration", "10"),
		"--duration 10: key 'load.duration': '10' given; a duration such as 200ms, 10s, 2m");
	complains(BENCH("--workload", "tcp"),
		  "--workload tcp: key 'load.workload': 'tcp' given; cc, crr, rr or stream wanted");
	complains(BENCH("--workers", "0"), "--workers 0: key 'workers': '0' given: too small;");
	complains(BENCH("--rate", "-5"),
		  "--rate -5: key 'load.rate': '-5' given; connections per second such as 500k,");
	complains(
		BENCH("--interval", "1ms"),
		"tercet bench: --interval '1ms' given; a duration such as 200ms, 10s, 2m, from 10ms to "
		"1h wanted\n");
	complains(BENCH("--interval", "soon"), "tercet bench: --interval 'soon' given;");
	complains(BENCH("--rate"), "tercet bench: option '--rate' wants an argument\n");
	complains(BENCH("--banana"), "tercet bench: option '--banana' unknown or not unique\n");
	complains(BENCH("--wor", "1"), "tercet bench: option '--wor' unknown or not unique\n");
	complains(BENCH("banana"), "tercet bench: 'banana' unexpected; only options wanted\n");
	complains(BENCH("--set", "load.target=10.9.9.9"),
		  "tercet bench: load.target wanted to be one of ports.1.addresses\n");
	complains(BENCH("--set", "ports.0.mtu=9000"),
		  "tercet bench: ports.0.mtu and ports.1.mtu: the same wanted, they are joined\n");
	complains(BENCH("--workers", "17"), "tercet bench: at most 16 workers");
	complains(BENCH("--set", "ports.1={device: b, addresses: [10.1.0.1/8]}", "--ipv6"),
		  "tercet bench: an IPv6 address under ports.1.addresses wanted\n");
	complains(BENCH("--set", "ports=[{device: a, addresses: [10.1.0.1/8]}]", "--set",
			"load.source-addresses="),
		  "tercet bench: two ports wanted in the configuration");
	complains(BENCH("-c", "/nonexistent"), "/nonexistent: No such file or directory;");
}

static void
load_and_serve_want_their_part(void **state)
{
	char path[] = "/tmp/tercet_test_XXXXXX";
	int fd = mkstemp(path);
	const char text[] = "ports: [{device: a, addresses: [10.0.0.1/24]}]\n";

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	complains(parse(load_options_parse, &o, "load", (const char *[]){NULL}),
		  "tercet load: no configuration given; -c FILE wanted\n");
	complains(parse(serve_options_parse, &o, "serve", (const char *[]){NULL}),
		  "tercet serve: no configuration given; -c FILE wanted\n");
	complains(parse(load_options_parse, &o, "load", (const char *[]){"-c", path, NULL}),
		  "tercet load: no target in the configuration; load.target wanted\n");
	complains(parse(serve_options_parse, &o, "serve", (const char *[]){"-c", path, NULL}),
		  "tercet serve: nothing to listen on in the configuration; listen: wanted\n");
	complains(parse(load_options_parse, &o, "load",
			(const char *[]){"-c", path, "--set", "load.target=10.0.0.2", "--workload",
					 "stream", "--verify", NULL}),
		  "tercet load: nothing comes back to verify; direction receive (chargen) or both "
		  "(echo) wanted\n");
	complains(parse(serve_options_parse, &o, "serve",
			(const char *[]){"-c", path, "--duration", "1s", NULL}),
		  "tercet serve: option '--duration' unknown or not unique\n");
	assert_int_equal(parse(load_options_parse, &o, "load",
			       (const char *[]){"-c", path, "--set", "load.target=10.0.0.2", NULL}),
			 OPTIONS_GO);
	bench_options_free(&o);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bench_default),
		cmocka_unit_test(bench_options_are_settings),
		cmocka_unit_test(requests_and_streams),
		cmocka_unit_test(bench_over_ipv6),
		cmocka_unit_test(eal_options_come_first),
		cmocka_unit_test(later_ones_win),
		cmocka_unit_test(complaints_name_the_option),
		cmocka_unit_test(load_and_serve_want_their_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
