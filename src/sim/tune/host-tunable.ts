/** The parameters of a study of hosts: those of the guests' driver, and those of the host's policy. */
import { policyNamed } from "../../common/policy-named.ts";
import type { BalloonPolicy, Params } from "../../engine/index.ts";
import { defaultOf, type HostParams, type NumberParam, parseParam, unitOf } from "../hosts/params.ts";
import type { HostScenario } from "../hosts/scenario/types.ts";
import type { Tunable, TunedParam } from "./tunable.ts";
import type { HostTuning } from "./types.ts";

/** Smallest difference of two values in a range, as a part of the unit: of ratios, and of times in seconds. */
const PER_RATIO = 10_000;
const PER_SECOND = 1000;
const US_A_SECOND = 1_000_000;

const driverOf = ({ driver }: HostTuning): BalloonPolicy | null =>
  driver === null ? null : policyNamed(driver, "--driver");

/** The key of a policy's parameter, which is its name in `--set`, too: `host.mom.pressure`. */
const keyOf = (policy: string, name: string): string => `host.${policy}.${name}`;

/** Both sides' parameters together: the driver's, then the policy's. */
export function hostTunable(host: HostTuning): Tunable {
  const driver = driverOf(host);
  const params = hostParams(host);
  return {
    name: [driver?.name, host.policy?.name].filter((name) => name !== undefined).join(" and "),
    params: [...(driver?.params ?? []), ...params],
    defaults: { ...driver?.defaults, ...Object.fromEntries(params.map((param) => [param.key, param.default])) },
    ...(driver?.caveat === undefined ? {} : { caveat: driver.caveat }),
    rangeProblem: (ranges) => driver?.rangeProblem?.(ranges) ?? null,
  };
}

function hostParams({ policy }: HostTuning): TunedParam[] {
  if (policy === null) return [];
  return policy.params.map((spec): TunedParam => {
    const { name, kind, min, max, meaning, atMost } = spec;
    const perUnit = kind === "ratio" ? PER_RATIO : kind === "time" ? PER_SECOND : undefined;
    const key = keyOf(policy.name, name);
    return {
      key,
      name: key,
      symbol: name,
      unit: unitOf(spec),
      default: Number(defaultOf(spec)),
      min: shown(spec, min),
      max: shown(spec, max),
      meaning,
      ...(atMost === undefined ? {} : { atMost: keyOf(policy.name, atMost) }),
      ...(perUnit === undefined ? {} : { perUnit }),
      read: (text) => shown(spec, parseParam(spec, text) as number),
    };
  });
}

/** A value in the unit of tables and of studies: times are seconds there. */
const shown = ({ kind }: NumberParam, value: number): number => (kind === "time" ? value / US_A_SECOND : value);

/** The values of a host that a study would vary, by key: the rates of the driver's VMs, and the policy's parameters. */
export function hostValues(host: HostTuning, rates: Params, params: HostParams): Params {
  const { policy } = host;
  const own = policy?.params.map((spec) => [keyOf(policy.name, spec.name), shown(spec, params[spec.name] as number)]);
  return { ...rates, ...Object.fromEntries(own ?? []) };
}

/** The parts of a study's values, as a host file has them. */
export interface HostParts {
  /** The rates of the driver's VMs, and values of the policy's parameters; null where the study does not vary them. */
  readonly rates: Params | null;
  readonly params: HostParams | null;
}

/** The rates and the policy's parameters among the values of a study. */
export function partsOf(host: HostTuning, values: Params): HostParts {
  const { policy } = host;
  const driver = driverOf(host);
  return {
    rates: driver === null ? null : Object.fromEntries(driver.params.map(({ key }) => [key, values[key] as number])),
    params:
      policy === null
        ? null
        : Object.fromEntries(
            policy.params.map(({ name, kind }) => {
              const value = values[keyOf(policy.name, name)] as number;
              return [name, kind === "time" ? Math.round(value * US_A_SECOND) : value];
            }),
          ),
  };
}

/** A host with values of a study. */
export function withValues(scenario: HostScenario, host: HostTuning, values: Params): HostScenario {
  const { rates, params } = partsOf(host, values);
  return {
    ...scenario,
    params: { ...scenario.params, ...params },
    vms:
      rates === null
        ? scenario.vms
        : scenario.vms.map((vm) => (vm.driver.name === host.driver ? { ...vm, rates } : vm)),
  };
}
