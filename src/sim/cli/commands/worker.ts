import type { Command } from "commander";
import { valueOption, wholeNumber } from "../options.ts";
import { addSecretOptions } from "../queue-options.ts";
import type { WorkerCommandOptions } from "../work-for-queue.ts";

const EXAMPLES = `
A worker makes the runs of commands that were started with --queue, on this machine or others; docs/scale.md says how Redis is
started, and what becomes of a study where a part of it dies. SIGTERM and SIGINT end a worker: tasks that it can't finish within
a few seconds go back into the queue.

Examples:
  $ balloon-sim worker --queue redis://queue.example.org:6379/0
  $ balloon-sim worker --queue rediss://studies@queue.example.org/0 --queue-password-file password --name study-1
  $ balloon-sim worker --queue redis://localhost/0 --metrics
  $ balloon-sim worker --queue redis://localhost/0 --purge study-1     remove what a dead coordinator left`;

const MAX_CONCURRENCY = 256;

/** Adds `balloon-sim worker`. */
export function register(program: Command): void {
  const command = program
    .command("worker")
    .summary("make runs for studies on other machines")
    .description("Makes runs for commands with --queue, until it is told to end.")
    .requiredOption("--queue <url>", "the Redis to take from, such as redis://host:6379/0, or rediss:// for TLS")
    .option("--name <name>", "work for the study of this name only, and not for any")
    .addOption(
      valueOption(
        "--concurrency <n>",
        "runs at the same time (default: as many as there are processors)",
        wholeNumber(MAX_CONCURRENCY),
      ),
    )
    .option(
      "--metrics [address]",
      "serve /metrics in the text format of Prometheus at this address (default: 127.0.0.1:9464)",
    )
    .option("--purge <name>", "remove what the study of this name has in Redis, and end");
  addSecretOptions(command)
    .addHelpText("after", EXAMPLES)
    .action(async (options: WorkerCommandOptions) => {
      const { workForQueue } = await import("../work-for-queue.ts");
      await workForQueue(options);
    });
}
