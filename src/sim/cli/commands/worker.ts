import type { Command } from "commander";
import { valueOption, wholeNumber } from "../options.ts";
import { addSecretOptions } from "../queue-options.ts";
import type { WorkerCommandOptions } from "../work-for-queue.ts";

const EXAMPLES = `
A worker executes the runs of commands with --queue, on this machine or others. docs/scale.md describes the setup of Redis and the
effects of failures. SIGTERM and SIGINT end a worker: tasks that it can't finish within a few seconds return to the queue.

Examples:
  $ balloon-sim worker --queue redis://queue.example.org:6379/0
  $ balloon-sim worker --queue rediss://studies@queue.example.org/0 --queue-password-file password --name study-1
  $ balloon-sim worker --queue redis://localhost/0 --metrics
  $ balloon-sim worker --queue redis://localhost/0 --purge study-1     remove the data of a killed coordinator`;

const MAX_CONCURRENCY = 256;

/** Adds `balloon-sim worker`. */
export function register(program: Command): void {
  const command = program
    .command("worker")
    .summary("execute runs of commands with --queue")
    .description("Executes runs for commands with --queue, until a signal ends it.")
    .requiredOption("--queue <url>", "the Redis server of the queue, such as redis://host:6379/0, or rediss:// for TLS")
    .option("--name <name>", "work only for the study of this name (default: any study)")
    .addOption(
      valueOption(
        "--concurrency <n>",
        "number of runs at the same time (default: number of processors)",
        wholeNumber(MAX_CONCURRENCY),
      ),
    )
    .option(
      "--metrics [address]",
      "serve /metrics in the text format of Prometheus at this address (default: 127.0.0.1:9464)",
    )
    .option("--purge <name>", "remove the data of the study of this name from Redis, and exit");
  addSecretOptions(command)
    .addHelpText("after", EXAMPLES)
    .action(async (options: WorkerCommandOptions) => {
      const { workForQueue } = await import("../work-for-queue.ts");
      await workForQueue(options);
    });
}
