import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { FailureCode } from "../../src/hw/native/addon.ts";
import { detectHypervisor } from "../../src/hw/native/detect.ts";
import { loadAddon } from "../../src/hw/native/load.ts";
import { ROOT } from "../support/processes/command.ts";

const LINUX = { platform: "linux", arch: "x64" };

describe("loading the addon", () => {
  it.each([
    { platform: "linux", arch: "arm64" },
    { platform: "darwin", arch: "x64" },
  ])("reports that it is not for $platform on $arch", (platform) => {
    expect(() => loadAddon([], platform)).toThrow(
      expect.objectContaining({
        code: "ARCHITECTURE",
        message: `balloon-hw is for Linux on x64, where VMware's backdoor is; this is ${platform.platform} on ${platform.arch}`,
      }),
    );
  });

  it("says how to build a missing addon", () => {
    expect(() => loadAddon(["/no/such/addon.node"], LINUX)).toThrow(
      expect.objectContaining({ code: "ADDON_MISSING", message: expect.stringContaining("npm run build:native") }),
    );
  });

  it("says in one line why it can't be loaded", () => {
    const directory = mkdtempSync(join(tmpdir(), "balloon-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const broken = join(directory, "addon.node");
    writeFileSync(broken, "not a library");
    expect(() => loadAddon([broken], LINUX)).toThrow(
      expect.objectContaining({ code: "ADDON_MISSING", message: expect.stringMatching(/^the native addon can't.*$/) }),
    );
  });
});

describe("codes of failures", () => {
  it("are the same in both languages", () => {
    const header = readFileSync(join(ROOT, "native/failure.h"), "utf8");
    const native = [...header.matchAll(/constexpr char k(\w+)\[\] = "(\w+)";/g)].map(([, name, code]) => [name, code]);
    expect(Object.fromEntries(native)).toEqual(FailureCode);
  });
});

describe("detecting the hypervisor", () => {
  const cpu = (vendor: string, isVirtual = true) => ({ architecture: "x86_64", isVirtual, vendor });

  it.each([
    ["VMware by its signature", cpu("VMwareVMware"), "", { isVmware: true, name: "VMware" }],
    ["VMware that hides its signature", cpu("", false), "VMware, Inc.", { isVmware: true, name: "VMware" }],
    ["KVM, with VMware's name in the firmware", cpu("KVMKVMKVM"), "VMware, Inc.", { isVmware: false, name: "KVM" }],
    ["a signature without a name", cpu("SomebodyElse"), "", { isVmware: false, name: "SomebodyElse" }],
    ["a hypervisor that does not sign", cpu(""), "", { isVmware: false, name: "an unknown hypervisor" }],
    ["no hypervisor", cpu("", false), "LENOVO", { isVmware: false, name: "no virtual machine" }],
  ])("finds %s", (_what, facts, vendor, found) => {
    expect(detectHypervisor(facts, vendor)).toEqual(found);
  });

  it("takes no other signature for VMware's", () => {
    const others = ["KVMKVMKVM", "Microsoft Hv", "XenVMMXenVMM", "TCGTCGTCGTCG", "VBoxVBoxVBox", "bhyve bhyve "];
    for (const vendor of [...others, "VMwareVMwar", "VMwareVMwareX", "vmwarevmware", "VMware", "NotVMwareVMw"]) {
      expect([vendor, detectHypervisor(cpu(vendor), "VMware, Inc.").isVmware]).toEqual([vendor, false]);
    }
  });
});
