// Errors of agents, sorted by hand: the texts of one class are one error, texts of two classes are two.

export interface ErrorClass {
  readonly name: string;
  readonly variants: readonly string[];
}

const all = (name: string, ...variants: string[]): ErrorClass => ({ name, variants });

/** The classes that the rules were written for. */
export const ERROR_CLASSES: readonly ErrorClass[] = [
  all(
    'rate limit tokens',
    '429 Rate limit reached for gpt-4o in organization org-aB3dE5fG7hJ9 on tokens per min (TPM): Limit 30000, Used 29123, Requested 2210. Please try again in 2.666s.',
    '429 Rate limit reached for gpt-4o in organization org-Zz81mKp0QqWw on tokens per min (TPM): Limit 450000, Used 449999, Requested 12. Please try again in 20ms.',
    '429 Rate limit reached for gpt-4o in organization org-11aa22bb33cc on tokens per min (TPM): Limit 90000, Used 89000, Requested 1200. Please try again in 1m30s.',
  ),
  all(
    'rate limit requests',
    '429 Rate limit reached for gpt-4o in organization org-aB3dE5fG7hJ9 on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 120ms.',
    '429 Rate limit reached for gpt-4o in organization org-QwErTy123456 on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.',
  ),
  all(
    'anthropic rate limit',
    '429 {"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization\'s rate limit of 40,000 input tokens per minute"},"request_id":"req_011CQabcDEF123"}',
    '429 {"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization\'s rate limit of 400,000 input tokens per minute"},"request_id":"req_011CRzzzYYY987"}',
  ),
  all(
    'anthropic overloaded',
    '529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_011CQabcDEF123"}',
    '529 {"type":"error","error":{"message":"Overloaded","type":"overloaded_error"},"request_id":"req_022aaaaBBB333"}',
  ),
  all(
    'anthropic auth',
    '401 {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}',
    '401 {"error":{"type":"authentication_error","message":"invalid x-api-key"},"type":"error","request_id":"req_11Abc222333"}',
  ),
  all('status 401', 'Request failed with status code 401', 'Request failed with status code 401 '),
  all('status 404', 'Request failed with status code 404'),
  all('status 429', 'Request failed with status code 429'),
  all('status 500', 'Request failed with status code 500'),
  all('status 502', 'Request failed with status code 502'),
  all('status 503', 'Request failed with status code 503'),
  all(
    'openai key',
    "Error code: 401 - {'error': {'message': 'Incorrect API key provided: sk-ab12cd34ef56. You can find your API key at https://platform.openai.com/account/api-keys.', 'type': 'invalid_request_error', 'param': None, 'code': 'invalid_api_key'}}",
    "Error code: 401 - {'error': {'message': 'Incorrect API key provided: sk-zz99yy88xx77. You can find your API key at https://platform.openai.com/account/api-keys.', 'type': 'invalid_request_error', 'param': None, 'code': 'invalid_api_key'}}",
  ),
  all(
    'context length',
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130512 tokens. Please reduce the length of the messages.",
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.",
  ),
  all(
    'prompt too long',
    'prompt is too long: 208310 tokens > 200000 maximum',
    'prompt is too long: 1250000 tokens > 1000000 maximum',
  ),
  all('quota', 'You exceeded your current quota, please check your plan and billing details.'),
  all('model gpt-5 missing', 'The model `gpt-5-turbo` does not exist or you do not have access to it.'),
  all('model gpt-9 missing', 'The model `gpt-9` does not exist or you do not have access to it.'),
  all(
    'refused',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'connect ECONNREFUSED 10.0.3.17:6379',
    'connect ECONNREFUSED ::1:5432',
  ),
  all('reset', 'read ECONNRESET'),
  all('etimedout', 'connect ETIMEDOUT 52.4.18.99:443', 'connect ETIMEDOUT 10.1.2.3:8443'),
  all('enotfound openai', 'getaddrinfo ENOTFOUND api.openai.com'),
  all('enotfound internal', 'getaddrinfo ENOTFOUND orders.internal'),
  all('socket hang up', 'socket hang up'),
  all('fetch failed', 'fetch failed'),
  all(
    'request timeout',
    'Request timed out after 8000 ms',
    'Request timed out after 30000 ms',
    'Request timed out after 8.5 s',
  ),
  all('tool timeout', 'Tool lookup_order timed out after 5000ms', 'Tool lookup_order timed out after 12s'),
  all('tool timeout other', 'Tool send_mail timed out after 5000ms', 'Tool send_mail timed out after 800ms'),
  all('tool missing A', 'Unknown tool: search_web'),
  all('tool missing B', 'Unknown tool: read_page'),
  all(
    'mcp invalid params',
    'MCP error -32602: Invalid arguments for tool lookup_order: order 1234 is not a string',
    'MCP error -32602: Invalid arguments for tool lookup_order: order 99 is not a string',
  ),
  all('mcp method', 'MCP error -32601: Method not found'),
  all('mcp timeout', 'MCP error -32001: Request timed out'),
  all('mcp closed', 'MCP error -32000: Connection closed'),
  all('reading x', "Cannot read properties of undefined (reading 'x')"),
  all('reading y', "Cannot read properties of undefined (reading 'y')"),
  all('reading null x', "Cannot read properties of null (reading 'x')"),
  all('not a function', 'tools.find is not a function'),
  all('not iterable', 'undefined is not iterable (cannot read property Symbol(Symbol.iterator))'),
  all('key error user', "KeyError: 'user_id'"),
  all('key error order', "KeyError: 'order_id'"),
  all('attribute error', "AttributeError: 'NoneType' object has no attribute 'content'"),
  all('json unexpected', 'Unexpected token \'<\', "<!DOCTYPE "... is not valid JSON'),
  all('json end', 'Unexpected end of JSON input'),
  all(
    'json position',
    "Expected property name or '}' in JSON at position 12 (line 1 column 13)",
    "Expected property name or '}' in JSON at position 4088 (line 77 column 2)",
  ),
  all(
    'zod order',
    '[{"code":"invalid_type","expected":"string","received":"undefined","path":["orderId"],"message":"Required"}]',
    '[ { "code": "invalid_type", "expected": "string", "received": "undefined", "path": ["orderId"], "message": "Required" } ]',
  ),
  all(
    'zod amount',
    '[{"code":"invalid_type","expected":"number","received":"string","path":["items",3,"amount"],"message":"Expected number, received string"}]',
    '[{"code":"invalid_type","expected":"number","received":"string","path":["items",17,"amount"],"message":"Expected number, received string"}]',
  ),
  all(
    'pg duplicate',
    'duplicate key value violates unique constraint "orders_pkey" SQLSTATE 23505 Key (id)=(48213) already exists',
    'duplicate key value violates unique constraint "orders_pkey" SQLSTATE 23505 Key (id)=(7) already exists',
  ),
  all(
    'pg duplicate users',
    'duplicate key value violates unique constraint "users_pkey" SQLSTATE 23505 Key (id)=(7) already exists',
  ),
  all(
    'pg deadlock',
    'SQLSTATE[40P01]: deadlock detected, process 3311 waits',
    'SQLSTATE[40P01]: deadlock detected, process 18 waits',
  ),
  all(
    'pg serialization',
    'SQLSTATE[40001]: could not serialize access, process 18 waits',
    'SQLSTATE[40001]: could not serialize access, process 4 waits',
  ),
  all('pg column', 'column "total" of relation "orders" does not exist'),
  all('pg column other', 'column "price" of relation "orders" does not exist'),
  all('pg relation', 'relation "orders_v2" does not exist'),
  all(
    'enoent',
    "ENOENT: no such file or directory, open '/tmp/run-1/plan.json'",
    "ENOENT: no such file or directory, open '/var/data/agents/44/out.csv'",
  ),
  all(
    'eacces',
    "EACCES: permission denied, open '/etc/agent/key.pem'",
    "EACCES: permission denied, open '/srv/x/y/z.txt'",
  ),
  all('exit 1', 'Command exited with code 1 after 300 ms', 'Command exited with code 1 after 12 s'),
  all('exit 137', 'Command exited with code 137 after 300 ms', 'Command exited with code 137 after 9 s'),
  all(
    'python division',
    'Traceback (most recent call last):\n  File "/app/agent.py", line 10, in run\n    x = 1 / n\nZeroDivisionError: division by zero',
    'Traceback (most recent call last):\n  File "/home/x/agent.py", line 99, in run\n    y = 2 / n\nZeroDivisionError: division by zero',
  ),
  all(
    'python value',
    'Traceback (most recent call last):\n  File "/app/agent.py", line 10, in parse\n    int(x)\nValueError: invalid literal for int() with base 10: \'12a\'',
    'Traceback (most recent call last):\n  File "/app/agent.py", line 14, in parse\n    int(x)\nValueError: invalid literal for int() with base 10: \'77a\'',
  ),
  all(
    'user missing',
    'user 4bf92f35-77b3-4da6-a3ce-929d0e0e4736 not found',
    'user 00000000-1111-4222-8333-944444444444 not found',
  ),
  all('order missing', 'order A-1001 not found', 'order B-77 not found', 'order ORD-7F3K2 not found'),
  all(
    'refund timeout',
    'refund of order 48213 timed out after 8000 ms (request req_8fK2mQ91)',
    'refund of order 7 timed out after 8.01 s (request req_Zz81mKp0)',
  ),
  all('mail bounced', 'mail to ann@example.org bounced', 'mail to bob.miller+x@mail.example.com bounced'),
  all('token expired', 'token expired at 2026-11-20T14:32:07Z', 'token expired at 2025-01-02 03:04:05.678+02:00'),
  all('abort', 'This operation was aborted'),
  all(
    'max steps',
    'Agent stopped after 25 iterations without an answer',
    'Agent stopped after 10 iterations without an answer',
  ),
  all(
    'handoff loop',
    'handoff between billing and support repeated 4 times',
    'handoff between billing and support repeated 12 times',
  ),
  all('guardrail', 'Guardrail pii tripped with score 0.93', 'Guardrail pii tripped with score 0.81'),
  all(
    'url 404',
    'GET https://api.example.com/v1/orders/77 returned 404',
    'GET https://api.example.com/v1/orders/12345?x=1 returned 404',
  ),
  all(
    'url 500',
    'GET https://api.example.com/v1/orders/77 returned 500',
    'GET https://api.example.com/v1/orders/5 returned 500',
  ),
];

/** Classes written after the rules were fixed: how the rules do on errors they have not seen. */
export const HELD_OUT: readonly ErrorClass[] = [
  all(
    'bedrock throttle',
    'ThrottlingException: Too many requests, please wait before trying again. (RequestId: 5f1c0a1e-9e0d-4c1f-8e56-0a1b2c3d4e5f)',
    'ThrottlingException: Too many requests, please wait before trying again. (RequestId: 6a2d1b2f-0f1e-4d20-9f67-1b2c3d4e5f60)',
  ),
  all(
    'gemini quota',
    '429 RESOURCE_EXHAUSTED {"error":{"code":429,"message":"Quota exceeded for metric: generate_content_requests, limit: 15","status":"RESOURCE_EXHAUSTED"}}',
    '429 RESOURCE_EXHAUSTED {"error":{"code":429,"message":"Quota exceeded for metric: generate_content_requests, limit: 1500","status":"RESOURCE_EXHAUSTED"}}',
  ),
  all(
    'gemini safety',
    '400 INVALID_ARGUMENT {"error":{"code":400,"message":"Request blocked by safety settings","status":"INVALID_ARGUMENT"}}',
  ),
  all('redis moved', 'MOVED 3999 127.0.0.1:6381', 'MOVED 12182 10.2.0.4:6379'),
  all('redis oom', "OOM command not allowed when used memory > 'maxmemory'."),
  all(
    'mysql duplicate',
    "ERROR 1062 (23000): Duplicate entry '4711' for key 'users.email'",
    "ERROR 1062 (23000): Duplicate entry '9' for key 'users.email'",
  ),
  all('mysql lock', 'ERROR 1205 (HY000): Lock wait timeout exceeded; try restarting transaction'),
  all(
    'python connection',
    "HTTPSConnectionPool(host='api.stripe.com', port=443): Read timed out. (read timeout=10)",
    "HTTPSConnectionPool(host='api.stripe.com', port=443): Read timed out. (read timeout=80)",
  ),
  all('errno 111', '[Errno 111] Connection refused'),
  all('errno 104', '[Errno 104] Connection reset by peer'),
  all(
    'stripe declined',
    '402 {"error":{"code":"card_declined","message":"Your card was declined.","type":"card_error","request_log_url":"https://dashboard.stripe.com/logs/req_aaa111bbb"}}',
    '402 {"error":{"code":"card_declined","message":"Your card was declined.","type":"card_error","request_log_url":"https://dashboard.stripe.com/logs/req_ccc222ddd"}}',
  ),
  all('stripe expired', '402 {"error":{"code":"expired_card","message":"Your card has expired.","type":"card_error"}}'),
  all(
    'grpc unavailable',
    '14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 10.0.0.9:50051',
    '14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 10.8.1.2:50051',
  ),
  all('playwright', 'page.click: Timeout 30000ms exceeded.', 'page.click: Timeout 5000ms exceeded.'),
  all('playwright goto', 'page.goto: Timeout 30000ms exceeded.', 'page.goto: Timeout 15000ms exceeded.'),
  all('slack', 'An API error occurred: channel_not_found'),
  all('slack auth', 'An API error occurred: invalid_auth'),
  all('heap', 'JavaScript heap out of memory: 4096 MB used', 'JavaScript heap out of memory: 2048 MB used'),
  all('vector dims', 'expected vector of dimension 1536, got 3072', 'expected vector of dimension 1536, got 768'),
  all(
    'tool call id',
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id': call_8fK2mQ91aaBB",
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id': call_Zz81mKp0ccDD",
  ),
];
