import fc from "fast-check";

// A mutant lives or dies by the same draws each time, and how it died needs no explanation.
fc.configureGlobal({ seed: 1, endOnFailure: true });
