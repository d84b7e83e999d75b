"""A profile for TRex in ASTF mode: one GET on each connection, for trex.yaml.

    -t clients=N,close=server

clients addresses ask one server, so that tuples come again after 62975 connections of each.
close says who sends the first FIN, and so has the time-waits.
"""

import argparse
import ipaddress

from trex.astf.api import (
    ASTFIPGen, ASTFIPGenDist, ASTFIPGenGlobal, ASTFProfile, ASTFProgram, ASTFTCPClientTemplate,
    ASTFTCPServerTemplate, ASTFTemplate,
)

FIRST_CLIENT = ipaddress.ip_address("16.0.0.1")
SERVER = "48.0.0.1"
# The whole response, header and all, to a request with and without Connection: close.
RESPONSE = {"server": 201, "client": 182}


def options(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--close", choices=RESPONSE, default="server")
    return parser.parse_args(arguments)


def addresses(first, last):
    return ASTFIPGenDist(ip_range=[str(first), str(last)], distribution="seq")


class Http:
    def get_profile(self, tunables, **_):
        given = options(tunables)
        header = "Connection: close\r\n" if given.close == "server" else ""
        request = f"GET / HTTP/1.1\r\nHost: tercet\r\n{header}\r\n"
        client = ASTFProgram()
        client.send(request)
        client.recv(RESPONSE[given.close])
        # For trex-load.yaml, whose side closes first.
        server = ASTFProgram()
        server.recv(64)
        server.send(64 * "x")
        server.wait_for_peer_close()
        who = ASTFIPGen(
            glob=ASTFIPGenGlobal(ip_offset="1.0.0.0"),
            dist_client=addresses(FIRST_CLIENT, FIRST_CLIENT + given.clients - 1),
            dist_server=addresses(SERVER, SERVER),
        )
        return ASTFProfile(
            default_ip_gen=who,
            templates=ASTFTemplate(
                client_template=ASTFTCPClientTemplate(program=client, ip_gen=who, port=80, cps=1),
                server_template=ASTFTCPServerTemplate(program=server),
            ),
        )


def register():
    return Http()
