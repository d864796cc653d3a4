// One call of the vendor's Node client: URL, token, secret, method, its arguments as JSON. Prints what became of it.
const { TronZapClient, TronZapError } = require('tronzap-sdk');

const [baseUrl, apiToken, apiSecret, method, values] = process.argv.slice(2);
const client = new TronZapClient({ apiToken, apiSecret, baseUrl });

client[method](...JSON.parse(values)).then(
  (result) => console.log(JSON.stringify({ result })),
  (error) => {
    if (!(error instanceof TronZapError)) throw error;
    console.log(JSON.stringify({ code: error.code, message: error.message }));
  },
);
