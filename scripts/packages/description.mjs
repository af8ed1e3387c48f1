/** One line on the packages. */
export const SUMMARY = "memory balloon of a VMware virtual machine, as a daemon";

/** More lines; an empty one separates paragraphs. */
export const DESCRIPTION = [
  "balloon-hw inflates a balloon in this virtual machine as its VMware host",
  "demands, instead of the kernel's driver vmw_balloon, with rates and limits",
  "that can be configured, metrics for Prometheus, and recordings.",
  "",
  "The kernel's driver stays at work until the service is started and has checked",
  "the machine and its host, and comes back when the service ends for good.",
  "",
  "The package brings the Node that runs the daemon.",
];
