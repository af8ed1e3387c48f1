import type { Command } from "commander";
import { periodOption } from "../../../common/cli/option-values.ts";
import type { UsageCommand } from "../../../common/cli/usage-command.ts";
import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { MAX_ROUNDS } from "../../hosts/limits.ts";
import { isPolicyFile } from "../../hosts/own-policy/is-policy-file.ts";
import { defaultOf, rangeOf, unitOf } from "../../hosts/params.ts";
import { TARGET_POLICIES } from "../../hosts/policies/index.ts";
import type { Needs, TargetPolicy } from "../../hosts/target-policy.ts";
import { wrapWords } from "../../output/wrap-words.ts";
import type { HostPolicyOptions } from "../decide-targets.ts";
import { collect, valueOption, wholeNumber } from "../options.ts";

const EXAMPLES = `
The policies are described in docs/host-policies.md, with the format of the state.

Examples:
  $ balloon-sim host-policy proxmox --help                            what it reads, and its parameters
  $ balloon-sim host-policy proxmox --state host.json                 its targets for the VMs in the file
  $ balloon-sim host-policy esx --state host.json --set tax=0         with another value of a parameter
  $ balloon-sim host-policy squeezed --state host.json --step 0.1s    until it has its goal, or gives up
  $ balloon-sim host-policy ./mine.mjs --state host.json              your own policy`;

/** Adds `balloon-sim host-policy` with a subcommand for each policy, and for one of the user's if the arguments name its file. */
export async function register(program: Command, args: readonly string[]): Promise<void> {
  const parent = (program.command("host-policy") as UsageCommand)
    .summary("decide about targets as a real host's policy does")
    .description("Prints the targets that the policy of a real host sets for VMs in a state that a file describes.")
    .addHelpText("after", EXAMPLES);
  (parent as UsageCommand).subcommandKind = "policy";
  for (const policy of TARGET_POLICIES.values()) addPolicy(parent, policy, policy.name);
  const name = nameIn(args);
  if (name === null || TARGET_POLICIES.has(name)) return;
  const { loadOwnPolicy, policyFileNamed } = await import("../../hosts/own-policy/load.ts");
  if (isPolicyFile(name)) return addPolicy(parent, loadOwnPolicy(name), name);
  const file = policyFileNamed(name);
  // Any other unknown name is reported as those of other commands are.
  if (file !== null) throw new InputError(`unknown policy ${quote(name)}; did you mean "${file}"? (--help lists them)`);
}

/** The policy in `host-policy NAME …`, `host-policy help NAME` and `help host-policy NAME`. */
function nameIn(args: readonly string[]): string | null {
  const [command, name = ""] = args.slice(0, 3).filter((arg) => arg !== "help");
  return command === "host-policy" && name !== "" ? name : null;
}

/** @param name that the command line has for it */
function addPolicy(parent: Command, policy: TargetPolicy, name: string): void {
  const command = parent.createCommand(name).copyInheritedSettings(parent);
  // Commander would take what follows a space in the name for arguments.
  parent.addCommand(command);
  command
    .summary(policy.meaning.replace(/:.*$|\.$/s, ""))
    .description(policy.meaning)
    .option("--state <file>", "the host and its VMs, or a list of states over time, as JSON; - for standard input")
    .addOption(
      valueOption(
        "--rounds <n>",
        "the most rounds: decisions, each after what the one before has changed (default: one for each state in the file)",
        wholeNumber(MAX_ROUNDS),
      ),
    )
    .addOption(
      valueOption(
        "--step <time>",
        "time between two rounds, in which VMs move as their drivers in the file do (default: VMs are at their targets)",
        periodOption,
      ),
    )
    .option("--set <name=value>", "one parameter of the policy; repeatable", collect)
    .addHelpText("after", `\n${readsText(policy.needs)}\n\n${paramsText(policy)}`)
    .action(async (options: HostPolicyOptions) => {
      const { decideTargets } = await import("../decide-targets.ts");
      decideTargets(policy, options);
    });
}

/** Width of the lists in the help. */
const WIDTH = 80;

/** The fields of a state that a policy reads. */
function readsText({ host, vm, vmOneOf = [], optionalHost = [], optionalVm = [] }: Needs): string {
  const hosts = host.map((group) => group.join(" and ")).join(", or ");
  const given = (fields: readonly string[]): string => (fields.length === 0 ? "" : `, if given ${fields.join(", ")}`);
  const ofHost = hosts === "" ? "" : `of the host ${hosts}${given(optionalHost)}; `;
  return wrapWords(
    `Reads ${ofHost}of each VM ${["name", ...vm, ...vmOneOf.map((group) => group.join(" or "))].join(", ")}${given(optionalVm)}.`,
    WIDTH,
    "keep",
  ).join("\n");
}

/** The parameters of a policy, with their defaults. */
function paramsText({ params }: TargetPolicy): string {
  if (params.length === 0) return "It has no parameters.";
  const rows = params.map((spec) => {
    const meaning = wrapWords(`${unitOf(spec)}, ${rangeOf(spec)}. ${spec.meaning}`, WIDTH - 4, "keep");
    return [`  ${spec.name}=${defaultOf(spec)}`, ...meaning.map((line) => `    ${line}`)].join("\n");
  });
  return `Parameters with their defaults, for --set and for "params" of the state:\n${rows.join("\n")}`;
}
