import { readFileSync } from "node:fs";

const HELP = `Usage: balloon-hw [--help] [--version]

The balloon driver's policy on a real machine. This build holds no daemon yet; the policy itself runs in the simulator:
balloon-sim run spike
`;

/** The command `balloon-hw`. */
export async function main(args: readonly string[]): Promise<void> {
  const [first] = args;
  if (first === "--help" || first === "-h") {
    process.stdout.write(HELP);
  } else if (first === "--version" || first === "-V") {
    const file = new URL("../../package.json", import.meta.url);
    process.stdout.write(`${(JSON.parse(readFileSync(file, "utf8")) as { version: string }).version}\n`);
  } else {
    process.stderr.write(
      "balloon-hw: this build holds no daemon yet; balloon-sim runs the same policy in simulation\n",
    );
    process.exitCode = 1;
  }
}
