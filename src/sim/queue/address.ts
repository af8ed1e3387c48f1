import { InputError } from "../../common/errors.ts";
import { readTextFile } from "../../common/files/text-file.ts";
import { escapeUnsafe, quote } from "../../common/quote.ts";

/** Address and credentials of a Redis server. */
export interface QueueAddress {
  /** The URL for messages. */
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly user: string | null;
  readonly password: string | null;
  /** Null: without TLS. */
  readonly tls: { readonly ca: string | null } | null;
}

/** The queue for the tasks of a study. */
export interface QueueTarget {
  readonly address: QueueAddress;
  /** Name of the study; null: a name derived from its setup. */
  readonly name: string | null;
}

/** Sources of the password and the certificates: files of the options, and the environment. */
export interface QueueSecrets {
  readonly passwordFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_PORT = 6379;
const MAX_DB = 65_535;

/** Maximum length of a study name, in characters. */
const MAX_NAME = 64;

/**
 * The server of `--queue`.
 * @throws {InputError} if the URL is not that of a Redis server or contains a password, or if a file can't be read
 */
export function parseQueueAddress(
  text: string,
  { passwordFile, caFile, env = process.env }: QueueSecrets,
): QueueAddress {
  const url = urlOf(text);
  const { user, db } = url;
  const hasTls = url.protocol === "rediss:";
  const ca = caFile ?? nonEmpty(env.BALLOON_REDIS_CA);
  if (!hasTls && caFile !== undefined) {
    throw new InputError(`--queue-ca: needs a URL with rediss://, but --queue ${url.shown} does not use TLS`);
  }
  const password =
    passwordFile === undefined
      ? nonEmpty(env.BALLOON_REDIS_PASSWORD)
      : passwordIn(passwordFile, "--queue-password-file");
  if (user !== null && password === undefined) {
    throw new InputError(`--queue ${url.shown}: ${quote(user)} needs a password: ${WHERE_PASSWORD}`);
  }
  const caName = caFile === undefined ? "BALLOON_REDIS_CA" : "--queue-ca";
  return {
    shown: url.shown,
    host: url.host,
    port: url.port,
    db,
    user,
    password: password ?? null,
    tls: hasTls ? { ca: ca === undefined ? null : readTextFile(ca, `${caName} ${escapeUnsafe(ca)}`) } : null,
  };
}

/** The ways to give a password, for messages. */
export const WHERE_PASSWORD = "set BALLOON_REDIS_PASSWORD, or give --queue-password-file FILE";

/** A study name. @throws {InputError} if the name is invalid */
export function parseStudyName(option: string, text: string): string {
  if (/^[\w-]+$/.test(text) && text.length <= MAX_NAME) return text;
  throw new InputError(`${option} ${quote(text)}: expected 1 to ${MAX_NAME} letters, digits, - and _`);
}

interface ParsedUrl extends Pick<QueueAddress, "shown" | "host" | "port" | "db" | "user"> {
  readonly protocol: string;
}

function urlOf(text: string): ParsedUrl {
  const expected = "expected a URL such as redis://queue.example.org:6379/0, or rediss:// for TLS";
  // A message must not contain a password; any text between a colon and an @ may be one.
  const safe = text.replace(/^(\w+:\/\/)?([^:@]*):.*@/, "$1$2:…@");
  const url = urlIn(text);
  if (url === null || (url.protocol !== "redis:" && url.protocol !== "rediss:") || url.hostname === "") {
    throw new InputError(`--queue ${quote(safe)}: ${expected}`);
  }
  if (url.password !== "") {
    throw new InputError(`--queue: every user of this machine can read a password in the URL (ps): ${WHERE_PASSWORD}`);
  }
  const path = /^\/?(\d*)$/.exec(url.pathname)?.[1];
  const db = Number(path);
  if (path === undefined || db > MAX_DB || url.search !== "" || url.hash !== "") {
    throw new InputError(`--queue ${quote(safe)}: expected only the number of a database after the port, such as /0`);
  }
  const user = url.username === "" ? null : decoded(url.username);
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  const who = url.username === "" ? "" : `${url.username}@`;
  return {
    protocol: url.protocol,
    shown: escapeUnsafe(`${url.protocol}//${who}${url.hostname}:${port}/${db}`),
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    db,
    user,
  };
}

function urlIn(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const nonEmpty = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

/** The first line of a file. */
function passwordIn(path: string, option: string): string {
  const shown = `${option} ${escapeUnsafe(path)}`;
  const password = readTextFile(path, shown).split(/\r?\n/, 1)[0] as string;
  if (password === "") throw new InputError(`${shown}: its first line is empty, expected the password`);
  return password;
}
