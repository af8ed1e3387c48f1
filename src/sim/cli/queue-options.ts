import type { Command } from "commander";
import { InputError } from "../../common/errors.ts";
import { parseQueueAddress, parseStudyName, type QueueTarget } from "../queue/address.ts";

/** The options for a queue as the command line gives them. */
export interface QueueOptions {
  readonly queue?: string;
  readonly name?: string;
  readonly queuePasswordFile?: string;
  readonly queueCa?: string;
  /** The parsed options; null: the runs are executed by this process. */
  readonly queueTarget?: QueueTarget | null;
}

const URL_OPTION = [
  "--queue <url>",
  "let workers of this Redis server execute the runs, such as redis://host:6379/0 (docs/scale.md)",
] as const;

/**
 * Adds the options for the queue of a command's runs. They are parsed together before the command begins; the result is
 * the option `queueTarget`.
 */
export const addQueueOptions = (command: Command): Command =>
  addSecretOptions(
    command
      .option(...URL_OPTION)
      .option("--name <name>", "with --queue: name of the study, for balloon-sim worker --name"),
  ).hook("preAction", () => {
    command.setOptionValue("queueTarget", parseQueue(command.opts()));
  });

/** Adds the options for the password and the certificates of a queue. */
export const addSecretOptions = (command: Command): Command =>
  command
    .option(
      "--queue-password-file <file>",
      "file with the password of Redis in its first line (or: BALLOON_REDIS_PASSWORD)",
    )
    .option("--queue-ca <file>", "with rediss://: file with the trusted CA certificates (or: BALLOON_REDIS_CA)");

/**
 * The queue of the options; null: the runs are executed by this process.
 * @throws {InputError} if options contradict each other, or one is invalid
 */
export function parseQueue(options: QueueOptions & { readonly workers?: number }): QueueTarget | null {
  const { queue, name, queuePasswordFile: passwordFile, queueCa: caFile } = options;
  if (queue === undefined) {
    const idle = (
      [
        ["--name", name],
        ["--queue-password-file", passwordFile],
        ["--queue-ca", caFile],
      ] as const
    ).find(([, given]) => given !== undefined);
    if (idle !== undefined) throw new InputError(`${idle[0]}: needs --queue`);
    return null;
  }
  if (options.workers !== undefined) {
    throw new InputError(
      "--workers: can't be combined with --queue: --concurrency of balloon-sim worker sets the number of runs at the same time",
    );
  }
  return {
    address: parseQueueAddress(queue, { passwordFile, caFile }),
    name: name === undefined ? null : parseStudyName("--name", name),
  };
}
