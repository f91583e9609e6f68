#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    dockopt_advice::fuzzing::database("opt/conda/conda-meta/a-1-0.json", bytes);
});
