// Proves any two videos with a pixel clock in view: node examples/verify.mjs A.mp4 B.mp4
import { verify } from 'genlock/node';

const report = await verify(process.argv.slice(2), { toleranceUs: 1000 });
console.log(report.verdict, report.pairs);
