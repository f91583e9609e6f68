#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    dockopt_advice::fuzzing::database("node_modules/.package-lock.json", bytes);
});
