// The part of Vitest that the tests for mutation testing need: it collects them, with the same names, and `runner.mjs`
// runs them in one process.

import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { format } from "node:util";
import * as VitestExpect from "@vitest/expect";
import * as chai from "chai";

const { GLOBAL_EXPECT, JestAsymmetricMatchers, JestChaiExpect, JestExtend, setState } = VitestExpect;

let tests = [];
const suites = [];
let file = "";
/** The file of the running test. */
let runningFile = "";

/** The tests collected since the last call. */
export function takeTests() {
  const taken = tests;
  tests = [];
  return taken;
}

/** The tests that are defined from now on are those of `path`. */
export function begin(path) {
  file = path;
}

export function test(name, body) {
  const from = file;
  tests.push({
    name: [`${basename(from)}:`, ...suites, name].join(" "),
    file: from,
    run: () => {
      runningFile = from;
      return body();
    },
  });
}
export const it = test;

export function describe(name, body) {
  suites.push(name);
  body();
  suites.pop();
}

/** The name of one case: values take the place of `%s` and other conversions, fields of an object that of `$field`. */
const nameOf = (name, values) => {
  const named = String(name).replace(/\$(\w+)/g, (_, key) => String(values[0]?.[key]));
  const count = named.match(/%[sdifjo]/g)?.length ?? 0;
  return format(named, ...values.slice(0, count));
};
const each = (one) => (cases) => (name, body) => {
  for (const [i, given] of cases.entries()) {
    const values = Array.isArray(given) ? given : [given];
    one(`${nameOf(name, values)} #${i}`, () => body(...values));
  }
};
test.each = each(test);
describe.each = each(describe);

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
chai.util.addMethod(chai.Assertion.prototype, "toMatchFileSnapshot", function (name) {
  const recorded = readFileSync(join(dirname(runningFile), name), "utf8");
  if (chai.util.flag(this, "object") !== recorded) throw new Error(`not what ${name} has`);
});
export const expect = Object.assign((value, message) => chai.expect(value, message), chai.expect);
Object.defineProperties(
  expect,
  Object.getOwnPropertyDescriptors(globalThis[VitestExpect.ASYMMETRIC_MATCHERS_OBJECT] ?? {}),
);
setState({ expand: false, assertionCalls: 0 }, expect);
globalThis[GLOBAL_EXPECT] = expect;
