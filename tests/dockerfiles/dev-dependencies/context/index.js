const ms = require("ms");
const semver = require("semver");

console.log(semver.valid("1.2.3"), ms("2 days"));
