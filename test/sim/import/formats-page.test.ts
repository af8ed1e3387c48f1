import { expect, test } from "vitest";
import { formatsPage } from "../../support/pages/formats-page.ts";

test("the page of formats is that of the program", async () => {
  await expect(formatsPage()).toMatchFileSnapshot("../../../docs/formats.md");
});
