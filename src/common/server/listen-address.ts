import { isIP } from "node:net";
import { InputError } from "../errors.ts";
import { describe } from "../quote.ts";

/** The address of a server. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | {
      readonly kind: "unix";
      readonly path: string;
      /** The group that may connect beside the user; absent: the user's. */
      readonly gid?: number;
    };

/** Longest path of a unix socket (`sun_path` less its closing zero). */
const MAX_SOCKET_PATH = 107;

/**
 * `unix:PATH`, `ADDRESS:PORT` or `[ADDRESS]:PORT`; `localhost` is the loopback address. Host names are refused: the
 * address of a server must not depend on a resolver.
 */
export function parseListenAddress(value: unknown): ListenAddress {
  const expected = `expected an address such as "127.0.0.1:9090" or "unix:/run/metrics.sock"`;
  if (typeof value !== "string") throw new InputError(`${expected}, found ${describe(value)}`);
  if (value.startsWith("unix:")) {
    const path = value.slice("unix:".length);
    if (!path.startsWith("/")) throw new InputError(`expected an absolute path after "unix:", found ${describe(path)}`);
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
      throw new InputError(`a socket's path has at most ${MAX_SOCKET_PATH} bytes, found ${describe(path)}`);
    }
    return { kind: "unix", path };
  }
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value);
  const host = match?.[2] === "localhost" ? "127.0.0.1" : (match?.[1] ?? match?.[2]);
  const port = Number(match?.[3]);
  if (host === undefined || isIP(host) === 0) throw new InputError(`${expected}, found ${describe(value)}`);
  if (port > 65_535) throw new InputError(`expected a port from 0 to 65535, found ${port}`);
  return { kind: "tcp", host, port };
}

/** Whether only this machine can reach an address. */
export function isLocal(address: ListenAddress): boolean {
  return address.kind === "unix" || address.host === "::1" || address.host.startsWith("127.");
}

/** The address in the notation of `parseListenAddress`. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return isIP(address.host) === 6 ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
