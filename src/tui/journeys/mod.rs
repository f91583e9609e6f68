//! Journeys: what somebody does with the browser, key by key, on images made by real tools.

mod journey;

use journey::Journey;

#[test]
fn show() {
    for (w, h) in [(120, 40), (80, 24), (40, 12), (20, 5)] {
        let mut journey = Journey::open("hello.docker.tar", w, h);
        println!("{}", journey.screen());
        journey.press("down tab right");
        println!("{}", journey.screen());
    }
    let mut journey = Journey::hello();
    journey.press("w down");
    println!("{}", journey.screen());
    journey.press("enter");
    println!("{}", journey.screen());
    journey.press("?");
    println!("{}", journey.screen());
}
