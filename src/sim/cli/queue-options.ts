import type { Command } from "commander";
import { InputError } from "../../common/errors.ts";
import { parseQueueAddress, parseStudyName, type QueueTarget } from "../queue/address.ts";

/** The options by which commands name a queue, as the command line gives them. */
export interface QueueOptions {
  readonly queue?: string;
  readonly name?: string;
  readonly queuePasswordFile?: string;
  readonly queueCa?: string;
  /** What these say together; null: the runs are made here. */
  readonly queueTarget?: QueueTarget | null;
}

const URL_OPTION = [
  "--queue <url>",
  "leave the runs to workers of this Redis, such as redis://host:6379/0 (docs/scale.md)",
] as const;

/**
 * Adds what says to which queue the runs of a command go. The options are read together, before the command begins: the
 * command finds the result as `queueTarget`.
 */
export const addQueueOptions = (command: Command): Command =>
  addSecretOptions(
    command
      .option(...URL_OPTION)
      .option("--name <name>", "with --queue: name of the study, for balloon-sim worker --name"),
  ).hook("preAction", () => {
    command.setOptionValue("queueTarget", parseQueue(command.opts()));
  });

/** Adds what says where password and certificates of a queue come from. */
export const addSecretOptions = (command: Command): Command =>
  command
    .option("--queue-password-file <file>", "password of the Redis, in the first line (or: BALLOON_REDIS_PASSWORD)")
    .option("--queue-ca <file>", "with rediss://: certificates of the authorities to trust (or: BALLOON_REDIS_CA)");

/**
 * The queue that options name; null: the runs are made here.
 * @throws {InputError} where options contradict each other, or one can't be used
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
    if (idle !== undefined) throw new InputError(`${idle[0]}: goes with --queue, and none is given`);
    return null;
  }
  if (options.workers !== undefined) {
    throw new InputError("--workers: does not go with --queue, whose workers decide how many runs they make at once");
  }
  return {
    address: parseQueueAddress(queue, { passwordFile, caFile }),
    name: name === undefined ? null : parseStudyName("--name", name),
  };
}
