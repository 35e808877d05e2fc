// The words a model may use of its own: glue and everyday verbs that claim nothing by themselves. Any other word must be
// a name in the facts. Words that do claim something are in claims.ts. Pure.

const GLUE = `a an the this that these those it its itself they them their he she who whom whose which what when where while
and or but then after before until once during since as at by for from in into of off on onto out over to up upon down with within
between through about around under above below near against along across toward towards beside besides instead also
too only just even still yet already later earlier next last first second third final finally initially meanwhile
afterwards eventually again more most less least some several other others another each every any all both such same
different various further rather quite very there here now soon directly straight back forward away together apart
is are was were be been being am has have had having do does did doing done can could may might will would should must
if whether how why than so like per via not no nor never without although though despite however yet unlike
one own part end start middle point time way place order turn side kind sort set number
step steps run runs agent agents tool tools model models call calls task request requests question questions
answer answers reply replies message messages result results output input decision decisions choice choices option options
action actions attempt attempts try tries check checks work path human person people somebody someone anybody anyone
everything something anything others team reviewer operator confidence threshold`;

const VERBS = `ask asked asks asking get got gets give gave given gives take took taken takes go went gone goes going come came
comes use used uses using call called calls calling ran running look looked looks looking choose chose chosen chooses
pick picked picks decide decided decides select selected begin began begun begins start started starts starting continue
continued continues move moved moves turn turned turns switch switched follow followed follows keep kept keeps leave left
leaves see saw seen sees show showed shown shows say said says tell told tells reply replied replies answer answered
respond responded work need needed needs try tried tries trying wait waited waits pass passed passes bring brought
receive received receives close whole enough open opened spend spent last lasted end ended ends reach reached hit met remain remained happen happened happens name named
names lean leaned carry carried deal check checked checks make made rely relied`;

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** The words that need no fact behind them. */
export const OWN_WORDS: ReadonlySet<string> = new Set([...words(GLUE), ...words(VERBS)]);

/** Words that say a number. */
export const NUMBER_WORDS: ReadonlySet<string> = new Set(
  words(`zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million
millions billion twice thrice double doubled triple tripled half halves quarter dozen dozens percent percentage single
couple pair majority minority second seconds minute minutes hour hours day days week weeks cent cents dollar dollars`),
);

/** A longer one is no name but a sentence that someone put in its place. */
const isName = (name: string): boolean => name.length <= 40 && name.trim().split(/\s+/).length <= 3;

/** Words, lower case, of the names in the facts: `payments.refund` is payments and refund. */
export function wordsOfNames(names: readonly string[]): Set<string> {
  return new Set(
    names.filter(isName).flatMap(
      (name) =>
        name
          .replace(/([a-z])([A-Z])/g, '$1 $2')
          .toLowerCase()
          .match(/[a-z]+/g) ?? [],
    ),
  );
}

/** Whether the word or its stem is among these: `looked` by `look`, `refunds` by `refund`. */
export function isAmong(word: string, known: ReadonlySet<string>): boolean {
  if (known.has(word)) return true;
  return stems(word).some((stem) => known.has(stem) || known.has(`${stem}e`));
}

function stems(word: string): string[] {
  const found = /^(.{3,}?)(?:s|es|ed|d|ing|er|ers|ly)$/.exec(word)?.[1];
  const doubled = /^(.{2,}(.))\2(?:ed|ing)$/.exec(word)?.[1];
  return [found, word.replace(/ies$|ied$/, 'y'), word.replace(/(?:es|s|ed|ing)$/, ''), doubled].flatMap(
    (stem) => stem ?? [],
  );
}
