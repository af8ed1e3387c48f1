/** Words in dates and times of the C library, in all its languages: sar and date print them. */

/**
 * Words for the halves of a day, before noon and after it, in every language of glibc that has such words; at the end
 * those of older versions. No word has both meanings.
 */
const HALVES: readonly (readonly [morning: string, afternoon: string])[] = [
  ["saaku", "carra"],
  ["VM", "NM"],
  ["AN", "EW"],
  ["ጡዋት", "ከሰዓት"],
  ["पूर्वाह्न", "अपराह्न"],
  ["ص", "م"],
  ["পূৰ্ব্বাহ্ন", "অপৰাহ্ন"],
  ["uluchelo", "akasuba"],
  ["পূর্বাহ্ণ", "অপরাহ্ণ"],
  ["ངས་ཆ", "ཕྱི་ཆ"],
  ["फुं.", "बेलासे."],
  ["ፋዱስ ጃብ", "ፋዱስ ደምቢ"],
  ["a. m.", "p. m."],
  ["ᏌᎾᎴ", "ᏒᎯᏱᎢᏗᏢ"],
  ["پن", "دن"],
  ["上午", "下午"],
  ["ÜE", "ÜS"],
  ["am", "pm"],
  ["सञं", "सबेर"],
  ["މކ", "މފ"],
  ["πμ", "μμ"],
  ["AM", "PM"],
  ["a.m.", "p.m."],
  ["ق.ظ", "ب.ظ"],
  ["subaka", "kikiiɗe"],
  ["ap", "ip"],
  ["N.U.", "N.H."],
  ["m", "f"],
  ["ጽባሕ", "ምሴት"],
  ["સવારે", "સાંજે"],
  ["上晝", "下晝"],
  ["Purvahan", "Aparaahna"],
  ["बिहिनियाँ", "मंझनियाँ"],
  ["de", "du"],
  ["fh", "eh"],
  ["午前", "午後"],
  ["FT", "MD"],
  ["ព្រឹក", "ល្ងាច"],
  ["ಪೂರ್ವಾಹ್ನ", "ಅಪರಾಹ್ನ"],
  ["오전", "오후"],
  ["म.पू.", "म.नं."],
  ["دوپھربرونھ", "دوپھرپتھ"],
  ["朝", "暮"],
  ["രാവിലെ", "വൈകു"],
  ["এ.ম.", "প.ম."],
  ["ဂယး", "တ္ၚဲစေၚ်"],
  ["နံနက်", "ညနေ"],
  ["téng-po͘", "ē-po͘"],
  ["頂晡", "下晡"],
  ["WD", "WB"],
  ["ص", "ش"],
  ["ਸਵੇਰੇ", "ਸ਼ਾਮ"],
  ["غ.م.", "غ.و."],
  ["sb", "aɛ"],
  ["ပွတ်းၼႂ်", "ဝၢႆးဝၼ်း"],
  ["පෙ.ව.", "ප.ව."],
  ["soodo", "hawwaro"],
  ["subaxnimo", "galabnimo"],
  ["PD", "MD"],
  ["asubuhi", "alasiri"],
  ["ܩ.ܛ", "ܒ.ܛ"],
  ["காலை", "மாலை"],
  ["ಕಾಂಡೆ", "ಬಯ್ಯ"],
  ["ఉ.", "సా."],
  ["ንጉሆ ሰዓተ", "ድሕር ሰዓት"],
  ["ቀደም ሰር ምዕል", "ሓቆ ሰር ምዕል"],
  ["hengihengi", "efiafi"],
  ["biknait", "apinun"],
  ["ÖÖ", "ÖS"],
  ["ÖA", "ÖS"],
  ["TO", "TK"],
  ["SA", "CH"],
  ["ማለዶ", "ቃማ"],
];

const AFTERNOON: ReadonlyMap<string, boolean> = new Map(
  HALVES.flatMap(([morning, afternoon]) => [
    [morning, false],
    [afternoon, true],
  ]),
);
/** Longer words first: some begin like others. */
const BY_LENGTH = [...AFTERNOON.keys()].sort((a, b) => b.length - a.length);

/** These words as the source of a pattern, the longer ones first. */
export const HALF_WORDS = BY_LENGTH.map((word) => word.replace(/[.]/g, "\\.").replace(/ /g, "[ \\u00a0\\u202f]")).join(
  "|",
);

/** Whether a word means the afternoon; null for other words. */
export const isAfternoonWord = (word: string): boolean | null => AFTERNOON.get(plain(word)) ?? null;

/** Replaces blanks of other kinds inside words: `a. m.` has a narrow one in newer versions. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");

/** The word for a half of the day at the beginning of a text; null for none. A blank or a digit has to follow it. */
export function halfOfDay(text: string): { readonly isAfternoon: boolean; readonly length: number } | null {
  const begin = plain(text.slice(0, 24));
  const word = BY_LENGTH.find((each) => begin.startsWith(each) && /^(?:$|\s|\p{Nd})/u.test(begin.slice(each.length)));
  return word === undefined ? null : { isAfternoon: AFTERNOON.get(word) as boolean, length: word.length };
}

/**
 * Names of the months, January to December, in the languages that write dates in words; long and short names of each.
 */
const MONTHS: readonly string[] = [
  // Languages of `date`: German, French, Spanish, Portuguese, Italian, Dutch, Russian. Without Polish, whose lip is
  // July, as it is June in Croatian.
  "januar februar märz april mai juni juli august september oktober november dezember",
  "jan feb mär apr mai jun jul aug sep okt nov dez",
  "jänner - mrz - - - - - sept - - -",
  "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
  "janv févr mars avr mai juin juil août sept oct nov déc",
  "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
  "ene feb mar abr may jun jul ago sep oct nov dic",
  "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
  "jan fev mar abr mai jun jul ago set out nov dez",
  "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
  "gen feb mar apr mag giu lug ago set ott nov dic",
  "januari februari maart april mei juni juli augustus september oktober november december",
  "jan feb mrt apr mei jun jul aug sep okt nov dec",
  "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
  "янв фев мар апр мая июн июл авг сен окт ноя дек",
  // English; Norwegian; Icelandic; Greenlandic; Malay; Bislama; Maltese; Tongan; Basque, in the genitive.
  "january february march april may june july august september october november december",
  "jan feb mar apr may jun jul aug sep oct nov dec",
  "januar februar mars april mai juni juli august september oktober november desember",
  "jan feb mars april mai juni juli aug sep okt nov des",
  "janúar febrúar mars apríl maí júní júlí ágúst september október nóvember desember",
  "jan feb mar apr maí jún júl ágú sep okt nóv des",
  "januaarip februaarip marsip apriilip maajip juunip juulip aggustip septembarip oktobarip novembarip decembarip",
  "jan feb mar apr maj jun jul aug sep okt nov dec",
  "januari februari mac april mei jun julai ogos september oktober november disember",
  "jan feb mac apr mei jun jul ogos sep okt nov dis",
  "jenuware febwari maj epril mei jun julae ogis septemba oktoba novemba disemba",
  "jan feb - epr mei jun jul ogs sep okt nov dis",
  "jannar frar marzu april mejju ġunju lulju awwissu settembru ottubru novembru diċembru",
  "jan fra mar apr mej ġun lul aww set ott nov diċ",
  "sān fēp maʻa ʻepe mē - siu ʻaok sep ʻoka nōv tīs",
  "urtarrilaren otsailaren martxoaren apirilaren maiatzaren ekainaren uztailaren abuztuaren irailaren urriaren azaroaren abenduaren",
  "urtren otsren marren apiren mairen ekaren uztren aburen iraren urrren azaren aberen",
  // Arabic of several countries; Pashto; Khmer; Hindi, as Chitwania Tharu has it.
  "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
  "ينا فبر مار أبر ماي يون يول أغس سبت أكت نوف ديس",
  "جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر",
  "كانون_الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين_الأول تشرين_الثاني كانون_الأول",
  "يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر",
  "جنوري فبروري مارچ اپریل مۍ جون جولای اګست سپتمبر اکتوبر نومبر دسمبر",
  "មករា កុម្ភៈ មីនា មេសា ឧសភា មិថុនា កក្កដា សីហា កញ្ញា តុលា វិច្ឆិកា ធ្នូ",
  "जनवरी फ़रवरी मार्च अप्रेल मई जून जुलाई अगस्त सितम्बर अक्टूबर नवम्बर दिसम्बर",
];

/** Months by name; 0 for a name with several meanings. */
const BY_NAME: ReadonlyMap<string, number> = monthsByName();

function monthsByName(): Map<string, number> {
  const months = new Map<string, number>();
  for (const list of MONTHS) {
    list.split(" ").forEach((name, i) => {
      if (name === "-") return;
      const key = name.replace("_", " ").normalize("NFC");
      months.set(key, (months.get(key) ?? i + 1) === i + 1 ? i + 1 : 0);
    });
  }
  return months;
}

/**
 * The month, from 1, of a name in any case, with or without a final point; null for other words and ambiguous names.
 */
export const monthNamed = (name: string): number | null =>
  BY_NAME.get(name.normalize("NFC").toLowerCase().replace(/\.$/, "")) || null;

/** The month, from 1, in a date in words; null without a month, or with an ambiguous name. */
export function monthIn(text: string): number | null {
  const words = text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[.,،\d]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  const found = [...BY_NAME.keys()].filter((name) => ` ${words} `.includes(` ${name} `));
  const longest = found.reduce((a, b) => (b.length > a.length ? b : a), "");
  const month = BY_NAME.get(longest) ?? 0;
  // A weekday may have the name of a month, such as Tuesday in "mar 02 jun 2026": then the date contains two names.
  const isOther = (name: string): boolean => BY_NAME.get(name) !== month && !longest.includes(name);
  return month === 0 || found.some(isOther) ? null : month;
}

/** A text with ASCII digits in place of digits of other scripts. The number of characters stays the same. */
export function withPlainDigits(text: string): string {
  if (!/[^\x20-\x7e\t]/.test(text)) return text;
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) as number;
    if (code > 0xffff) return digit;
    let zero = code;
    while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
    return String(code - zero);
  });
}
