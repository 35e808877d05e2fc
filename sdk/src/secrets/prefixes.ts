// The prefixes of providers' keys and tokens, as data. One row per prefix: its name in a mask, the characters after it,
// and how many. Written from the providers' own documentation; a new provider is a new row.

/**
 * Characters of what follows: any token's, letters and digits, capitals or small letters and digits, hex, hex and
 * dashes; `padded` = a token's with `=` and what follows it. */
export type Chars = 'token' | 'padded' | 'word' | 'upper' | 'lower' | 'hex' | 'uuid';

export interface Prefix {
  readonly text: string;
  readonly kind: string;
  readonly chars: Chars;
  readonly least: number;
  /** The longest; without it there is no end. */
  readonly most: number;
  /** Parts with dots between them may follow. */
  readonly dots: boolean;
}

/** `kind | characters | least-most | beginnings`; a dot behind the numbers: parts with dots between them may follow. */
const ROWS = `
ai | token | 16- | sk- csk- pplx- xai- nvapi- tvly- llx- pa- jina_ r8_ e2b_ pcsk_ wandb_v1_ tgp_v1_ ls__ lsv2_pt_ lsv2_sk_ bedrock-api-key- vck_
ai | hex | 40- | sk_
ai | word | 30- | gsk_ ABSK
ai | word | 20- | fw_
ai | hex | 32- | fc-
huggingface | word | 30- | hf_ api_org_
aws | upper | 16-16 | AKIA ASIA ABIA ACCA
google | token | 35-36 | AIza
google | token | 20-. | ya29.
google | token | 24- | GOCSPX-
azure | token | 31-40. | Q~
github | word | 30- | ghp_ gho_ ghu_ ghs_ ghr_
github | token | 30- | github_pat_
gitlab | token | 16-. | glpat- glptt- gldt- glrt- glcbt- glft- glsoat- gloas- glimt- glagent- glrtr- glffct-
atlassian | padded | 24- | ATATT3 ATCTT3 ATBB
npm | word | 30- | npm_
pypi | token | 50- | pypi-
packages | hex | 48-48 | rubygems_
packages | word | 32-32 | cio
packages | lower | 43-43 | oy2
packages | token | 20- | CLOJARS_
docker | token | 20- | dckr_pat_ dckr_oat_
cloud | hex | 64-64 | dop_v1_ doo_v1_ dor_v1_
cloud | token | 20- | HRKU- nfp_ vcp_ vercel_blob_rw_ rnd_ fo1_ fm1r_ fm2_ fm1a_ tskey- AVNS_ napi_ pul-
databricks | hex | 32-34 | dapi
database | token | 20-. | pscale_tkn_ pscale_pw_ pscale_oauth_ mdb_sa_sk_
supabase | token | 20- | sbp_ sb_secret_
stripe | word | 16- | sk_live_ sk_test_ rk_live_ rk_test_ sk_prod_ rk_prod_ whsec_
square | token | 22- | sq0atp- sq0csp- sq0idp-
square | token | 60-60 | EAAA
payment | token | 14- | rzp_live_ rzp_test_ FLWSECK- FLWSECK_TEST- access-sandbox- access-production- access-development- duffel_live_ duffel_test_ shippo_live_ shippo_test_
payment | word | 54-54 | EZAK EZTK
shopify | hex | 32- | shpat_ shpca_ shppa_ shpss_
slack | token | 10- | xoxa- xoxb- xoxc- xoxd- xoxe- xoxo- xoxp- xoxr- xoxs- xapp-
slack | token | 10-. | xoxe.xoxp- xoxe.xoxb-
twilio | hex | 32-32 | SK
mail | token | 22-. | SG.
mail | hex | 32-32 | key-
mail | token | 60- | xkeysib- xsmtpsib-
mail | token | 20- | re_
vault | token | 20-. | hvs. hvb. hvr.
terraform | token | 60- | atlasv1.
secrets | token | 40- | dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.
secrets | upper | 40- | AGE-SECRET-KEY-1
secrets | token | 40- | ops_eyJ
grafana | token | 20- | glsa_ glc_ eyJrIjoi
newrelic | token | 20- | NRAK- NRJS- NRII- NRIQ- NRRA-
monitoring | token | 20-. | sntrys_ sntryu_ hcaik_ hcbik_ hcxik_ dt0c01. dt0s16. phx_ essu_ ddp_ ddapp_
ci | token | 20- | CCIPAT_ CCIPRJ_ bkua_ sqp_ squ_ sqa_ PMAK- rdme_ pnu_
linear | token | 20- | lin_api_ lin_oauth_
notion | word | 40- | ntn_ secret_
apps | token | 20-. | pat-na1- pat-eu1- figd_ figo_ CFPAT- tfp_ sgp_ xpat- AKCp sk.eyJ fio-u- sl.
apps | uuid | 36-36 | sdk- api- mob-
meta | word | 80- | EAA
cloud | word | 12-20 | LTAI
cloud | word | 28-40 | AKID
telltale | token | 24- | tt_in_ tt_rd_
`;

export const PREFIXES: readonly Prefix[] = ROWS.trim()
  .split('\n')
  .flatMap((row) => {
    const [kind, chars, bounds, texts] = row.split(' | ') as [string, Chars, string, string];
    const [, least, most, dot] = /^(\d+)-(\d*)(\.?)$/.exec(bounds) as RegExpExecArray;
    return texts.split(' ').map((text) => ({
      text,
      kind,
      chars,
      least: Number(least),
      most: most === '' ? Number.POSITIVE_INFINITY : Number(most),
      dots: dot === '.',
    }));
  });
