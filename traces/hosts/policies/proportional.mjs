// A policy of one's own: keeps a part of the host's memory free. What is missing it takes from VMs in proportion to what is free
// in them, and what is left over it gives to VMs in proportion to what their balloons hold.
//
//   balloon-sim host-policy ./proportional.mjs --help
//   balloon-sim host-policy ./proportional.mjs --state host.json --rounds 10
//
// docs/host-policies.md explains each field. The line below lets an editor check the types.

/** @type {import("balloon-sim/policy").OwnPolicy<{ free: number; patience: number }>} */
export default {
  name: "proportional",
  meaning: "Keeps a part of the host free, and takes what is missing from VMs in proportion to what is free in them.",

  // `--set free=0.2` changes a parameter; `create` gets the values of all.
  params: [
    { name: "free", kind: "ratio", default: 0.1, min: 0, max: 1, meaning: "Fraction of the host that is to be free." },
    { name: "patience", kind: "count", default: 3, min: 1, max: 100, meaning: "Samples of which the mean counts." },
  ],

  // Times are microseconds: a decision every ten seconds, a sample every five.
  everyUs: 10_000_000,
  sampleUs: 5_000_000,

  // A state without these fields is refused. VMs without an agent have no `free`: they keep what they have.
  needs: { host: [["memory", "free"]], vm: ["size", "min", "max"], optionalVm: ["free", "ballooning"] },

  // Called once for each run. What the policy remembers is in the object that it returns.
  create({ free: wanted, patience }) {
    /** The host's free memory in the last samples. @type {number[]} */
    const samples = [];
    return {
      // A view that stays the same changes nothing any more when all samples are of it.
      settles: patience,

      observe({ host }) {
        samples.push(host.free ?? 0);
        if (samples.length > patience) samples.shift();
      },

      decide({ host, vms }) {
        const free = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
        const lack = (host.memory ?? 0) * wanted - free;
        const isShort = lack > 0;

        // What a VM can give, or take.
        const room = ({ size = 0, min = 0, max = 0, free = 0, ballooning = true }) =>
          ballooning ? Math.max(0, isShort ? Math.min(free, size - min) : max - size) : 0;
        const all = vms.reduce((sum, vm) => sum + room(vm), 0);
        const part = all === 0 ? 0 : Math.min(1, Math.abs(lack) / all);

        // New sizes of guests in bytes, by name. A VM that is not named keeps what it has.
        const targets = vms
          .filter((vm) => room(vm) > 0)
          .map((vm) => [vm.name, (vm.size ?? 0) + (isShort ? -1 : 1) * part * room(vm)]);
        return { targets: Object.fromEntries(targets), state: isShort ? "short" : "enough" };
      },
    };
  },
};
