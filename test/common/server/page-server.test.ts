import { existsSync, renameSync, statSync, writeFileSync } from "node:fs";
import { get, request } from "node:http";
import { createConnection, createServer, Server } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { type Page, PageServer } from "../../../src/common/server/page-server.ts";
import { askDaemon, orderDaemon } from "../../../src/hw/cli/ask-daemon.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const PAGES = new Map<string, () => Page>([
  ["/metrics", () => ({ type: "text/plain", body: "ü 1\n" })],
  ["/health", () => ({ status: 503, type: "text/plain", body: "ill\n" })],
  [
    "/broken",
    () => {
      throw new Error("no figures");
    },
  ],
]);

async function listen(address: Parameters<typeof PageServer.listen>[0]): Promise<PageServer> {
  const server = await PageServer.listen(address, PAGES, "--metrics");
  open.push(server);
  return server;
}

const portOf = ({ address }: PageServer): number => (address.kind === "tcp" ? address.port : 0);

const fetchText = async (port: number, path: string, init: RequestInit = {}): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers: { connection: "close" } });
  return `${response.status} ${await response.text()}`;
};

test("the page server serves its pages on a port that the system chooses", async () => {
  const port = portOf(await listen({ kind: "tcp", host: "127.0.0.1", port: 0 }));
  expect(await fetchText(port, "/metrics?x=1")).toBe("200 ü 1\n");
  expect(await fetchText(port, "/health")).toBe("503 ill\n");
  expect(await fetchText(port, "/broken")).toBe("500 no figures\n");
  expect(await fetchText(port, "/")).toBe("404 there are /metrics, /health, /broken\n");
  expect(await fetchText(port, "/metrics", { method: "POST" })).toBe("405 only GET and HEAD are supported\n");
  expect(await fetchText(port, "/metrics", { method: "HEAD" })).toBe("200 ");
});

test("the page server carries out actions, with their parameters, for POST alone", async () => {
  const asked: string[] = [];
  const action = (query: URLSearchParams): Page => {
    asked.push(query.toString());
    return { type: "text/plain", body: "done\n" };
  };
  const path = join(directory, "actions.sock");
  open.push(await PageServer.listen({ kind: "unix", path }, PAGES, "--socket", new Map([["/limit", action]])));
  expect(await orderDaemon(path, "/limit?size=2GiB&persist=")).toBe("done\n");
  await expect(askDaemon(path, "/limit?size=1GiB")).rejects.toThrow("answered with status 404");
  await expect(orderDaemon(path, "/metrics")).rejects.toThrow("answered with status 404");
  expect(asked).toEqual(["size=2GiB&persist="]);
});

test("the page server answers other requests while an action takes its time, and tells of one that fails", async () => {
  let finish = (_page: Page): void => {};
  const slow = (): Promise<Page> =>
    new Promise((resolve) => {
      finish = resolve;
    });
  const failing = (): Promise<Page> => Promise.reject(new Error("no disk"));
  const path = join(directory, "slow.sock");
  const actions = new Map([
    ["/slow", slow],
    ["/failing", failing],
  ]);
  open.push(await PageServer.listen({ kind: "unix", path }, PAGES, "--socket", actions));
  const order = orderDaemon(path, "/slow");
  await expect(orderDaemon(path, "/failing")).rejects.toThrow("no disk");
  expect(await askDaemon(path, "/metrics")).toBe("ü 1\n");
  finish({ type: "text/plain", body: "done\n" });
  expect(await order).toBe("done\n");
});

test.skipIf(process.geteuid?.() !== 0)("a socket can be given to a group", async () => {
  const path = join(directory, "group.sock");
  await listen({ kind: "unix", path, gid: 4711 });
  const { gid, uid, mode } = statSync(path);
  expect([uid, gid, mode & 0o777]).toEqual([0, 4711, 0o660]);
});

test("an order to a daemon that takes none is refused with what to do", async () => {
  const path = join(directory, "old.sock");
  await listen({ kind: "unix", path });
  await expect(orderDaemon(path, "/freeze")).rejects.toThrow(
    `${path}: the daemon there is older and takes no orders: restart it`,
  );
});

test("a port in use is a failure of its own kind", async () => {
  const port = portOf(await listen({ kind: "tcp", host: "127.0.0.1", port: 0 }));
  await expect(listen({ kind: "tcp", host: "127.0.0.1", port })).rejects.toMatchObject({
    message: `--metrics 127.0.0.1:${port}: the port is in use: name another one, or 0 for any`,
  });
});

test("an address of another machine is the same kind of failure", async () => {
  await expect(listen({ kind: "tcp", host: "192.0.2.1", port: 0 })).rejects.toMatchObject({
    message: "--metrics 192.0.2.1:0: this machine has no such address",
  });
});

test("a unix socket is for root alone, answers, and is removed at the end", async () => {
  const path = join(directory, "own.sock");
  const server = await listen({ kind: "unix", path });
  expect(statSync(path).mode & 0o777).toBe(0o660);
  expect(await askDaemon(path, "/metrics")).toBe("ü 1\n");
  await expect(askDaemon(path, "/health")).rejects.toThrow("answered with status 503");
  await server.close();
  open.length = 0;
  expect(existsSync(path)).toBe(false);
});

test("the page server does not replace a socket on which another process listens", async () => {
  const path = join(directory, "busy.sock");
  await listen({ kind: "unix", path });
  await expect(listen({ kind: "unix", path })).rejects.toMatchObject({
    message: `--metrics unix:${path}: another process listens there: name another socket`,
  });
  expect(await askDaemon(path, "/metrics")).toBe("ü 1\n");
});

test("the page server replaces a socket that a killed daemon left behind", async () => {
  const path = join(directory, "stale.sock");
  // Moved away, the socket stays when its server closes, as it does when a server is killed.
  await new Promise<void>((resolve) => {
    const dead = createServer().listen(join(directory, "dead.sock"), () => {
      renameSync(join(directory, "dead.sock"), path);
      dead.close(() => resolve());
    });
  });
  expect(existsSync(path)).toBe(true);
  await listen({ kind: "unix", path });
  expect(await askDaemon(path, "/metrics")).toBe("ü 1\n");
});

test("the page server does not replace a file that is no socket", async () => {
  const path = join(directory, "file");
  writeFileSync(path, "precious");
  await expect(listen({ kind: "unix", path })).rejects.toThrow(
    `--metrics unix:${path}: exists and is no socket: name another path`,
  );
  await expect(listen({ kind: "unix", path: join(directory, "none/x.sock") })).rejects.toThrow(
    "x.sock: its directory does not exist: create it, or name another path",
  );
});

test("the page server closes idle connections for a new one", async () => {
  const port = portOf(await listen({ kind: "tcp", host: "127.0.0.1", port: 0 }));
  const idle = Array.from({ length: 40 }, () => createConnection(port, "127.0.0.1").on("error", () => {}));
  await Promise.all(idle.slice(0, 16).map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
  const answer = fetchText(port, "/metrics");
  const late = new Promise((resolve) => setTimeout(() => resolve("too late"), 4000));
  expect(await Promise.race([answer, late])).toBe("200 ü 1\n");
  for (const socket of idle) socket.destroy();
});

/** What a server answers to a request under a name of its host. */
const under = (port: number, host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path: "/metrics", headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });

test("on the loopback address the page server answers only to the names of this machine, so that no other site's page reads it", async () => {
  const port = portOf(await listen({ kind: "tcp", host: "127.0.0.1", port: 0 }));
  for (const host of ["127.0.0.1", `127.0.0.1:${port}`, "localhost", `LOCALHOST:${port}`, "[::1]:9797", "::1"]) {
    expect([host, await under(port, host)]).toEqual([host, 200]);
  }
  for (const host of ["evil.example", `evil.example:${port}`, "localhost.evil.example", "127.0.0.1.evil.example"]) {
    expect([host, await under(port, host)]).toEqual([host, 421]);
  }
});

test("the client reports a socket without a listener as a missing daemon", async () => {
  await expect(askDaemon(join(directory, "none.sock"), "/status")).rejects.toMatchObject({
    message: `${join(directory, "none.sock")}: no daemon runs there`,
    exitCode: 25,
  });
});

test("the client takes an answer that is cut short for no answer", async () => {
  const path = join(directory, "cut.sock");
  const dying = createServer((socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it"));
  });
  await new Promise<void>((resolve) => dying.listen(path, resolve));
  open.push({ close: () => new Promise((resolve) => dying.close(() => resolve())) });
  await expect(askDaemon(path, "/status")).rejects.toMatchObject({
    message: `${path}: the daemon has ended before it had answered`,
    exitCode: 25,
  });
});

test("the page server survives a connection that the system can't hand over", async () => {
  const path = join(directory, "scarce.sock");
  const listened = vi.spyOn(Server.prototype, "listen");
  await listen({ kind: "unix", path });
  const [server] = listened.mock.contexts as Server[];
  listened.mockRestore();
  // What Node does where accept(2) fails for want of memory or descriptors.
  server?.emit("error", Object.assign(new Error("accept ENFILE"), { code: "ENFILE", syscall: "accept" }));
  expect(await askDaemon(path, "/metrics")).toBe("ü 1\n");
});

test("the page server closes while a client has not finished its request", async () => {
  const path = join(directory, "slow.sock");
  const server = await listen({ kind: "unix", path });
  const idle = request({ socketPath: path, path: "/metrics", method: "POST" });
  idle.on("error", () => {});
  idle.flushHeaders();
  await new Promise((resolve) => get({ socketPath: path, path: "/metrics" }, (r) => r.resume().on("end", resolve)));
  await server.close();
  open.length = 0;
});
