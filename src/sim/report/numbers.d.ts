/** Numbers for people, on the page and in the code of the page. */
/** Thousands apart by thin spaces, so many digits of what is no whole number: `16 384`, `0.0125`. */
export declare function formatNumber(value: number, digits?: number): string;
/** By how much a value is above or below another: `−12 %`, `×16`, `=`; nothing where that says nothing. */
export declare function changeText(value: number, reference: number): string;
/** Whether a value is better than another, or worse; null where they are equal or one is not known. */
export declare function verdictOf(value: number, reference: number, better: "less" | "more"): "win" | "loss" | null;
//# sourceMappingURL=numbers.d.ts.map
