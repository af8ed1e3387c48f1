/** A matrix as rows of numbers. Matrices here have at most as many rows and columns as there are costs. */
export type Matrix = readonly (readonly number[])[];

/** A matrix of zeros that can be changed. */
export const zeros = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => new Array<number>(columns).fill(0));

export const transpose = (a: Matrix): number[][] => (a[0] ?? []).map((_, j) => a.map((row) => row[j] as number));

export const multiply = (a: Matrix, b: Matrix): number[][] => {
  const columns = transpose(b);
  return a.map((row) => columns.map((column) => dot(row, column)));
};

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

/** The product of a matrix and a vector. */
export const times = (a: Matrix, v: readonly number[]): number[] => a.map((row) => dot(row, v));

/** Adds the outer product of a vector with itself, times a factor, to a square matrix. */
export function addOuter(to: number[][], v: readonly number[], factor = 1): void {
  v.forEach((a, i) => {
    const row = to[i] as number[];
    v.forEach((b, j) => {
      row[j] = (row[j] as number) + factor * a * b;
    });
  });
}

/** The rows and columns of a matrix with these indices. */
export const part = (a: Matrix, rows: readonly number[], columns: readonly number[]): number[][] =>
  rows.map((i) => columns.map((j) => a[i]?.[j] as number));

/** The inverse of a symmetric positive definite matrix, by Cholesky's decomposition. */
export function inverse(a: Matrix): number[][] {
  const n = a.length;
  const lower = zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const [ri, rj] = [lower[i] as number[], lower[j] as number[]];
      let sum = a[i]?.[j] as number;
      for (let k = 0; k < j; k++) sum -= (ri[k] as number) * (rj[k] as number);
      ri[j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / (rj[j] as number);
    }
  }
  const columns = Array.from({ length: n }, (_, c) => {
    const y = new Array<number>(n).fill(0);
    for (let i = 0; i < n; i++) {
      let sum = i === c ? 1 : 0;
      for (let k = 0; k < i; k++) sum -= (lower[i]?.[k] as number) * (y[k] as number);
      y[i] = sum / (lower[i]?.[i] as number);
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = y[i] as number;
      for (let k = i + 1; k < n; k++) sum -= (lower[k]?.[i] as number) * (y[k] as number);
      y[i] = sum / (lower[i]?.[i] as number);
    }
    return y;
  });
  return transpose(columns);
}
