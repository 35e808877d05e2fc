// The customers of the demo: who writes, what the shop knows, what the model will answer, and what goes wrong.

export type Intent = 'refund' | 'question' | 'complaint' | 'other';
export type Route = 'auto_refund' | 'manual_review' | 'deny';
export type Band = 'low' | 'medium' | 'high';
export type Task = 'classify_intent' | 'assess_risk' | 'plan_refund' | 'explain_failure' | 'reply_to_customer';

export interface Story {
  order: number;
  customer: string;
  session: string;
  /** What the customer writes. */
  text: string;
  amountEur: number;
  daysLate: number;
  /** How the payment service behaves: `slow_once` times out on the first attempt only. */
  payments: 'ok' | 'slow_once' | 'down';
  intent: { choice: Intent; confidence: number };
  risk: { band: Band; confidence: number; note: string };
  route: { choice: Route; confidence: number; reasoning: string };
  reply: string;
  /** goodwill-desk serves it instead of refund-desk: it gives a voucher, or goes wrong in this way. */
  goodwill?: 'pays_money' | 'never_ends' | 'gives_voucher';
  /** An unsure route does not go to the queue: this colleague is asked, and gives this answer. */
  asks?: { whom: string; choice: Route; reasoning: string };
  /** The risk service answers 503. */
  riskDown?: true;
  /** The order service answers with a changed schema. */
  ordersChanged?: true;
  /** The payment service forgets its token before this refund. */
  tokenExpires?: true;
  /** The model server answers `task` with `status` for the first `times` calls. */
  modelFault?: { task: Task; status: 429 | 500; times: number };
}

type StoryFields = Partial<Story> & Pick<Story, 'order' | 'text' | 'reply'>;

const LATE_AND_SMALL =
  'The parcel came more than 7 days late (policy 4.2) and the amount is under the limit of 150 EUR. The customer has never disputed a payment.';
const SLOW_PAYMENTS =
  'Your refund is approved. Our payment system is slow right now, so a colleague will finish it today. You need not do anything.';

function story(fields: StoryFields): Story {
  return {
    customer: `c-${fields.order - 40_000}`,
    session: `s-${fields.order}`,
    amountEur: 34.5,
    daysLate: 9,
    payments: 'ok',
    intent: { choice: 'refund', confidence: 0.94 },
    risk: {
      band: 'low',
      confidence: 0.88,
      note: '6 refunds asked in 4 years, none disputed. Pattern fits a late parcel.',
    },
    route: { choice: 'auto_refund', confidence: 0.86, reasoning: LATE_AND_SMALL },
    ...fields,
  };
}

/** In the order in which they are played. Every payment that is `down` gives three similar timeouts. */
export const STORIES: readonly Story[] = [
  story({
    order: 48166,
    amountEur: 12,
    text: 'The mug from order 48166 arrived broken. Could I have my 12 euros back, please?',
    reply: 'I am sorry about the mug. 12.00 EUR are on their way back to your card and should be there in two days.',
  }),
  story({
    order: 48176,
    amountEur: 64,
    payments: 'down',
    text: 'Order 48176 was promised for the 3rd and came on the 12th. Please refund it.',
    reply: SLOW_PAYMENTS,
  }),
  story({
    order: 48188,
    session: 's-48188',
    text: 'Hello, where is my order 48188? The tracking page has not moved since Monday.',
    intent: { choice: 'question', confidence: 0.97 },
    daysLate: 2,
    reply: 'Your parcel left our warehouse on Monday and is at the sorting centre. It should reach you tomorrow.',
  }),
  story({
    order: 48188,
    session: 's-48188',
    text: 'It came now, two days late. That is not what I paid express delivery for!',
    intent: { choice: 'complaint', confidence: 0.78 },
    daysLate: 2,
    reply:
      'You are right, express delivery was late and I am sorry. Would you like to send the jacket back, or keep it?',
  }),
  story({
    order: 48188,
    session: 's-48188',
    amountEur: 89.9,
    text: 'I keep it, but I want the full price back.',
    daysLate: 2,
    route: {
      choice: 'deny',
      confidence: 0.71,
      reasoning:
        'Two days late is under the 7 days of policy 4.2, and the customer keeps the goods. A voucher for the delivery fee is the usual answer.',
    },
    reply:
      'A full refund needs a parcel more than 7 days late or a return. I have credited the 4.90 EUR for express delivery.',
  }),
  story({
    order: 48102,
    amountEur: 143,
    ordersChanged: true,
    text: 'Order 48102 came in two parcels. One is fine, the other was late and half of it is missing. What do I get back?',
    intent: { choice: 'refund', confidence: 0.81 },
    route: {
      choice: 'auto_refund',
      confidence: 0.58,
      reasoning:
        'One of two parcels was late, but which items were in it is not in the order data. The right amount could be 61 or 143 EUR.',
    },
    reply: 'A colleague checks which items were missing and writes to you today.',
  }),
  story({
    order: 48213,
    amountEur: 129,
    payments: 'down',
    text: 'My parcel for order 48213 came nine days late and the lamp is no use to me now. I would like my money back.',
    route: { choice: 'auto_refund', confidence: 0.72, reasoning: LATE_AND_SMALL },
    reply: SLOW_PAYMENTS,
  }),
  story({
    order: 48170,
    amountEur: 58,
    tokenExpires: true,
    text: '你好，我的订单 48170 晚到了八天，礼物已经用不上了，请帮我退款，谢谢。',
    daysLate: 8,
    risk: { band: 'low', confidence: 0.91, note: '三年内仅申请过一次退款，无争议记录。' },
    route: {
      choice: 'auto_refund',
      confidence: 0.73,
      reasoning: '包裹晚到八天，超过政策 4.2 规定的七天；金额 58 欧元低于自动退款上限 150 欧元，客户信用良好。',
    },
    reply: '非常抱歉让您久等了。58.00 欧元已退回您的银行卡，预计两个工作日内到账。',
  }),
  story({
    order: 48207,
    payments: 'slow_once',
    text: 'Hi, order 48207: nine days late, I bought it elsewhere. Refund please, I will not open the parcel.',
    route: { choice: 'auto_refund', confidence: 0.74, reasoning: LATE_AND_SMALL },
    reply: '34.50 EUR are on their way back to your card. Please hand the parcel to the courier on Thursday.',
  }),
  story({
    order: 48209,
    amountEur: 77,
    payments: 'down',
    text: 'Refund for 48209, please. The delivery was ten days late and nobody answered the phone.',
    daysLate: 10,
    reply: SLOW_PAYMENTS,
  }),
  story({
    order: 48190,
    amountEur: 21,
    text: 'Order 48190: wrong colour, already sent back on Friday. When do I get my money?',
    modelFault: { task: 'plan_refund', status: 429, times: 1 },
    reply: 'Your return has arrived. 21.00 EUR are on their way back to your card.',
  }),
  story({
    order: 48193,
    amountEur: 46,
    text: 'The headphones of order 48193 only work on the left side. I want to return them.',
    modelFault: { task: 'plan_refund', status: 500, times: 3 },
    reply: '',
  }),
  story({
    order: 48199,
    amountEur: 412,
    text: 'I cancel order 48199, the sofa cover. It was three weeks late.',
    daysLate: 21,
    risk: {
      band: 'medium',
      confidence: 0.79,
      note: 'First order of this customer, large amount, delivery address changed once.',
    },
    route: {
      choice: 'manual_review',
      confidence: 0.74,
      reasoning: '412 EUR is above the limit of 150 EUR for refunds without a person.',
    },
    reply: 'Because of the amount a colleague approves this refund. You will hear from us by tomorrow noon.',
  }),
  story({
    order: 48231,
    amountEur: 18,
    riskDown: true,
    text: 'Order 48231 came eight days late, the flowers were gone by then. May I have the money back?',
    daysLate: 8,
    route: { choice: 'auto_refund', confidence: 0.75, reasoning: LATE_AND_SMALL },
    reply: 'I am sorry about the flowers. 18.00 EUR are on their way back to your card.',
  }),
  story({
    order: 48244,
    amountEur: 99,
    payments: 'down',
    text: 'Ten days for a charger? Order 48244, money back please.',
    daysLate: 10,
    reply: SLOW_PAYMENTS,
  }),
  story({
    order: 48251,
    amountEur: 39,
    goodwill: 'pays_money',
    text: 'Order 48251 came with a scratch. I keep it, but what can you do for me?',
    reply: 'We have paid 39.00 EUR back to you.',
  }),
  story({
    order: 48256,
    goodwill: 'never_ends',
    text: 'Third late parcel in a row (48256). Is there anything you would like to say?',
    reply: 'We are sorry. This draft is not good enough yet.',
  }),
  story({
    order: 48218,
    amountEur: 119,
    text: 'Order 48218 came eight days late and I had to buy a second one. What do I get back?',
    daysLate: 8,
    route: {
      choice: 'auto_refund',
      confidence: 0.62,
      reasoning: 'Late enough for policy 4.2, but the customer may want to keep the goods as well.',
    },
    asks: { whom: 'ana', choice: 'auto_refund', reasoning: 'I called her: the second one goes back to us.' },
    reply: 'My colleague has looked at it: 119.00 EUR are on their way back to your card.',
  }),
  story({
    order: 48262,
    goodwill: 'gives_voucher',
    text: 'The box of order 48262 was torn open. Nothing is missing, but it was a present.',
    reply: 'I am sorry about the box. A voucher of 5 EUR is in your mail.',
  }),
];
