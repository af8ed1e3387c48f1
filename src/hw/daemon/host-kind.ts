/**
 * The host: the real one, one that is emulated in this process by a script, or one that is emulated by the program which
 * has started this one.
 */
export type HostKind =
  | { readonly kind: "real" }
  | { readonly kind: "emulated"; readonly script: string }
  | { readonly kind: "outside" };
