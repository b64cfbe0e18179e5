"""access_network.py: two machines in one: a server, and a client behind another address; prints one JSON object.

usage: unshare --map-root-user --net python3 access_network.py CLIENT_PYTHON CERTIFICATE KEY TOKEN_FILE

The namespace it runs in is the server's machine; the client's is made here. Exit code 77: this system does not let us.
"""
import contextlib
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import server  # noqa: E402  pylint: disable=wrong-import-position

HERE_ADDRESS, THERE_ADDRESS = "10.77.0.1", "10.77.0.2"
NOT_ALLOWED = 77


def run(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        print(f"{' '.join(words)}: {done.stderr.strip()}")
        sys.exit(NOT_ALLOWED)


@contextlib.contextmanager
def other_machine():
    """Words that run what follows them on the other machine."""
    with subprocess.Popen(["unshare", "--net", "sh", "-c", "echo there; exec sleep 300"], stdout=subprocess.PIPE, text=True) as holder:
        try:
            if holder.stdout.readline() != "there\n":
                sys.exit(NOT_ALLOWED)
            there = ["nsenter", "--target", str(holder.pid), "--net"]
            run("ip", "link", "set", "lo", "up")
            run("ip", "link", "add", "here", "type", "veth", "peer", "name", "there")
            run("ip", "link", "set", "there", "netns", str(holder.pid))
            for prefix, name, address in (([], "here", HERE_ADDRESS), (there, "there", THERE_ADDRESS)):
                run(*prefix, "ip", "address", "add", f"{address}/24", "dev", name)
                run(*prefix, "ip", "link", "set", name, "up")
            yield there
        finally:
            holder.kill()


def main():
    python, certificate, key, token_file = sys.argv[1:]
    token = pathlib.Path(token_file).read_text().strip()

    def ask(there, port, *words):
        words = [*there, python, str(HERE / "access_client.py"), "calls", f"{HERE_ADDRESS}:{port}", *words]
        return json.loads(subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, timeout=120).stdout)

    found = {}
    with other_machine() as there:
        with server.serving("--host", HERE_ADDRESS, "--token-file", token_file, "--tls-cert", certificate, "--tls-key", key) as (_, address):
            port = address.split(":")[2].split("/")[0]
            found["none"] = ask(there, port, "--trust", certificate)
            found["wrong"] = ask(there, port, token[:-1], "--trust", certificate)
            found["right"] = ask(there, port, token, "--trust", certificate)
            found["plain text"] = ask(there, port, token)
        with server.serving() as (_, address):
            found["loopback"] = ask(there, address.split(":")[2].split("/")[0])
        refused = subprocess.run([server.VONK, "serve", "--connect-port", "0", "--host", HERE_ADDRESS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
        found["without token"] = [refused.returncode, refused.stdout]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
