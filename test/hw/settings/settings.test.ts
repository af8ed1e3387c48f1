import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DEFAULT_GIVE_WAY } from "../../../src/common/give-way.ts";
import { formatListenAddress, isLocal, parseListenAddress } from "../../../src/common/server/listen-address.ts";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { loadSettings } from "../../../src/hw/settings/settings.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

test("settings have defaults", () => {
  expect(loadSettings(undefined, {})).toEqual({
    rates: DEFAULT_RATES,
    floorPages: null,
    max: null,
    psiLimit: 10,
    giveWay: DEFAULT_GIVE_WAY,
    metrics: null,
    metricsFile: null,
    log: "text",
    record: null,
    recordLimitBytes: 2 ** 28,
    cycles: null,
    ioPermission: "auto",
    pin: "auto",
    protocol: "auto",
    allowUnpinnedMoves: false,
    socket: "/run/balloon-hw/control.sock",
    state: "/var/lib/balloon-hw",
    anyHypervisor: false,
    besideKernelDriver: false,
  });
});

test("a command line overrides the configuration file, which may have comments", () => {
  write("rates.json", '{"alloc-max": 4096}');
  const config = write(
    "daemon.json",
    `// The balloon of web01.
{
  "rates": "rates.json", /* beside this file */
  "floor": "1GiB",
  "max": "25%",
  "psi-limit": 2.5,
  "give-way-psi": 30,
  "give-way-pace": "8MiB/s",
  "give-way-hold-off": "1m30s",
  "metrics": "[::1]:9090",
  "metrics-file": "balloon.prom",
  "log": "json",
  "record": "/var/log/balloon.jsonl",
  "io-permission": "ioperm",
  "pin": "mlock",
  "allow-unpinned-moves": true,
  "protocol": "batched",
  "socket": "/run/other.sock",
  "state": "kept",
  "any-hypervisor": true
}
`,
  );
  expect(loadSettings(config, { floor: "512MiB", record: "here.jsonl", pin: undefined })).toEqual({
    rates: { ...DEFAULT_RATES, allocMax: 4096 },
    floorPages: 131_072,
    max: { percent: 25 },
    psiLimit: 2.5,
    giveWay: { ...DEFAULT_GIVE_WAY, psi: 30, pace: 2048, holdOffUs: 90_000_000 },
    metrics: { kind: "tcp", host: "::1", port: 9090 },
    metricsFile: join(directory, "balloon.prom"),
    log: "json",
    record: "here.jsonl",
    recordLimitBytes: 2 ** 28,
    cycles: null,
    ioPermission: "ioperm",
    pin: "mlock",
    allowUnpinnedMoves: true,
    protocol: "batched",
    socket: "/run/other.sock",
    state: join(directory, "kept"),
    anyHypervisor: true,
    besideKernelDriver: false,
  });
});

test.each([
  ['{"flor": 1}', ':1:2: unknown setting "flor"; did you mean "floor"?'],
  ['{\n  "floor": "1GB"\n}', ":2:12: $.floor: expected a size with its unit, such as 512MiB"],
  ['{"floor": 1000}', ':1:11: $.floor: expected a size with a unit, such as "512MiB", found 1000'],
  [
    '{"floor": "0MiB"}',
    ':1:11: $.floor: expected a size of 4KiB or more, found "0MiB": at a floor of 0 the balloon may take the last page of the machine; leave it out for the default',
  ],
  ['{"record-limit": "1MiB"}', ':1:18: $.record-limit: expected 4MiB or more, found "1MiB"'],
  ['{"psi-limit": 101}', ":1:15: $.psi-limit: expected a number of per cent from 0 to 100, found 101"],
  ['{"max": "8GB"}', ":1:9: $.max: expected a size with its unit, such as 512MiB"],
  ['{"max": "101%"}', ":1:9: $.max: expected a size with its unit, such as "],
  ['{"max": 8}', ':1:9: $.max: expected a size with its unit, such as "8GiB", or a share'],
  ['{"give-way": "off"}', ':1:14: $.give-way: expected true or false, found "off"'],
  ['{"give-way-psi": 0}', ":1:18: $.give-way-psi: expected a number of per cent above 0, to 100, found 0"],
  ['{"give-way-pace": "0"}', ':1:19: $.give-way-pace: expected 4KiB/s or more, found "0"'],
  ['{"give-way-after": 5}', ':1:20: $.give-way-after: expected a time such as "90s" or "5m", found 5'],
  ['{"log": "xml"}', ':1:9: $.log: expected "text", "json", found "xml"'],
  ['{"record": 1}', ":1:12: $.record: expected a path, found 1"],
  ['{"any-hypervisor": "yes"}', ':1:20: $.any-hypervisor: expected true or false, found "yes"'],
  ['{"metrics": 9090}', ":1:13: $.metrics: expected an address such as"],
  ['{"floor": 1, "floor": 2}', ":1:14: "],
  ["{// only a comment\n", ":2:1: "],
  ["[]", ': expected an object such as {"floor": "512MiB"}, found an array'],
])("a configuration file that reads %j is refused with its place", (text, message) => {
  const config = write("bad.json", text);
  expect(() => loadSettings(config, {})).toThrow(`${config}${message}`);
});

test("the balloon does not give way where that is turned off", () => {
  expect(loadSettings(undefined, { "give-way": false, "give-way-psi": "30" }).giveWay).toBeNull();
});

test("a configuration file that is missing is named", () => {
  expect(() => loadSettings(join(directory, "none.json"), {})).toThrow(
    `--config ${join(directory, "none.json")}: no such file or directory`,
  );
});

test.each([
  [{ floor: "-1" }, "--floor: expected a size"],
  [{ floor: "0KiB" }, '--floor: expected a size of 4KiB or more, found "0KiB": at a floor of 0'],
  [{ max: "0" }, '--max: expected more than 0, found "0": the order "balloon-hw drain --persist" keeps'],
  [{ max: "0%" }, '--max: expected more than 0, found "0%": the order "balloon-hw drain --persist" keeps'],
  [{ "psi-limit": "10%" }, '--psi-limit: expected a number of per cent from 0 to 100, found "10%"'],
  [{ metrics: "example.org:80" }, "--metrics: expected an address such as"],
  [{ metrics: "127.0.0.1:70000" }, "--metrics: expected a port from 0 to 65535, found 70000"],
  [{ metrics: "unix:relative.sock" }, '--metrics: expected an absolute path after "unix:", found "relative.sock"'],
  [{ metrics: `unix:/${"x".repeat(107)}` }, "--metrics: a socket's path has at most 107 bytes"],
  [{ metrics: "0.0.0.0:9090" }, "--metrics: other machines could reach this address"],
  [{ "allow-unpinned-moves": true }, "--allow-unpinned-moves: needs --pin mlock"],
  [{ rates: "none.json" }, "--rates none.json: no such file or directory"],
])("a command line that says %j is refused", (said, message) => {
  expect(() => loadSettings(undefined, said)).toThrow(message);
});

test("metrics are served to other machines only on request", () => {
  const { metrics } = loadSettings(undefined, { metrics: "0.0.0.0:9090", "metrics-remote": true });
  expect(metrics).toEqual({ kind: "tcp", host: "0.0.0.0", port: 9090 });
});

test.each([
  ["127.0.0.1:0", true],
  ["127.8.0.1:9797", true],
  ["[::1]:65535", true],
  ["[::]:9797", false],
  ["192.168.0.7:9797", false],
  ["unix:/run/balloon-hw/metrics.sock", true],
])("the address %s is read as it is written; only this machine reaches it: %s", (text, local) => {
  const address = parseListenAddress(text);
  expect([formatListenAddress(address), isLocal(address)]).toEqual([text, local]);
});

test("localhost is the loopback address, without a resolver", () => {
  expect(formatListenAddress(parseListenAddress("localhost:80"))).toBe("127.0.0.1:80");
});
