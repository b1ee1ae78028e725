import { expect, test } from "vitest";
import { translate } from "../src/text/dictionary";
import { percent } from "../src/views/hr/deliveries/Deliveries";
import { inWords } from "../src/views/hr/people/Life";

const zh = (key: Parameters<typeof translate>[1]) => translate("zh", key);

test("a salary is read as money, by its currency's own smallest unit", () => {
  expect(inWords({ amount_minor: 1_250_000 }, "zh", zh)).toBe("¥12,500.00 每月");
  expect(inWords({ amount_minor: 5_000_000, currency: "JPY", period: "year" }, "zh", zh)).toMatch(/5,000,000 每年$/);
  expect(inWords("搬家", "zh", zh)).toBe("搬家");
});

test("what is not all is never 100 percent", () => {
  expect([1, 0.99999, 0.99, 0.0004, 0].map(percent)).toEqual(["100 %", "99.9 %", "99.0 %", "0.0 %", "0.0 %"]);
});
