import { describe, expect, test } from "vitest";
import { didYouMean, nearest } from "../../src/common/nearest.ts";

const DRIVERS = ["vmmemctl", "vmw-balloon", "virtio-balloon", "open-vm-tools"];

describe("the known name that was meant", () => {
  test.each<[typed: string, known: readonly string[], meant: string | null]>([
    ["vmw-baloon", DRIVERS, "vmw-balloon"],
    ["openvmtools", DRIVERS, "open-vm-tools"],
    ["VIRTIO", DRIVERS, "virtio-balloon"],
    ["vmw", DRIVERS, "vmw-balloon"],
    ["vmmem", DRIVERS, "vmmemctl"],
    // Too short, or the beginning of several names.
    ["vi", DRIVERS, null],
    ["alloc", ["alloc-max", "alloc-min"], null],
    ["", DRIVERS, null],
    ["--wo", ["--workers", "--help"], null],
    ["--work", ["--workers", "--help", "--workers"], "--workers"],
    // A beginning is nearer than two errors, and farther than one.
    ["vmw", ["kvm", "vmw-balloon"], "vmw-balloon"],
    ["seed", ["seedling", "seeds"], "seeds"],
    ["nope", DRIVERS, null],
    ["foo", ["esx", "mom"], null],
    ["B", ["A"], null],
    ["exs", ["esx", "mom"], "esx"],
    ["sx", ["xs"], "xs"],
    ["mmo", ["esx", "mom"], "mom"],
    ["sxe", ["esx", "mom"], null],
    ["mum", ["esx", "mom"], "mom"],
  ])("of %j among %j is %j", (typed, known, meant) => {
    expect(nearest(typed, known)).toBe(meant);
  });
});

test("a hint shows the name for which a known word stands", () => {
  const nameOf = new Map([["mainline", "vmw-balloon"]]);
  expect(didYouMean("mainlin", nameOf.keys(), (word) => nameOf.get(word) ?? word)).toBe(
    '; did you mean "vmw-balloon"?',
  );
  expect(didYouMean("mainlin", ["mainline"])).toBe('; did you mean "mainline"?');
  expect(didYouMean("x", ["mainline"])).toBe("");
});
