# SPDX-License-Identifier: ISC
"""s3-no-copy PORT SERVER CODE LOG: a server of S3 that has no CopyObject.

All but that goes to SERVER, a port of 127.0.0.1 where a real one listens, and
its answer comes back; CopyObject is answered with the HTTP status CODE, as
servers without it do, and noted in LOG.  With CODE 200 the field that makes a
PUT a CopyObject is passed over: then an empty object is made.
"""
import http.client
import http.server
import sys

PORT, SERVER, CODE = (int(word) for word in sys.argv[1:4])
ERROR = (b'<?xml version="1.0"?><Error><Code>NotImplemented</Code><Message>'
         b'A header you provided implies functionality that is not '
         b'implemented</Message></Error>')


class Line(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, code, fields, body):
        self.send_response_only(code)
        for name, value in fields:
            if name.lower() not in ("transfer-encoding", "content-length",
                                    "connection"):
                self.send_header(name, value)
        if code != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "x-amz-copy-source" in self.headers:
            with open(sys.argv[4], "a") as file:
                file.write(self.path + "\n")
            if CODE != 200:
                self.answer(CODE, [("Content-Type", "application/xml")],
                            ERROR)
                return
        server = http.client.HTTPConnection("127.0.0.1", SERVER)
        server.putrequest(self.command, self.path, skip_host=True,
                          skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() != "x-amz-copy-source":
                server.putheader(name, value)
        server.endheaders(body)
        reply = server.getresponse()
        self.answer(reply.status, reply.getheaders(), reply.read())
        server.close()

    do_GET = do_PUT = do_DELETE = pass_on

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Line).serve_forever()
