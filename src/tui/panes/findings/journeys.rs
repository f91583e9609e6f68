//! Journeys through the findings.

use dockopt_core::quantity::size;

use crate::tui::journeys::journey::Journey;

#[test]
fn findings_are_listed_with_what_they_save() {
    let mut journey = Journey::open("hello.docker.tar", 140, 40);
    journey.press("i");
    let screen = journey.screen();
    let findings = journey.subject().analysis.findings.clone().expect("findings");
    assert!(screen.contains("What to do"), "{screen}");
    for finding in &findings.findings {
        assert!(screen.contains(finding.title) && screen.contains(&size(finding.saves.stored)), "{screen}");
    }
    let first = journey.app.finding().expect("a finding");
    assert!(screen.contains(&format!("→ {}", &first.fix.text[..20])), "{screen}");
}

#[test]
fn what_if_follows_the_chosen_findings() {
    let mut journey = Journey::open("hello.docker.tar", 140, 40);
    journey.press("i");
    let before = journey.app.findings.plan.saves;
    let saves = journey.app.finding().expect("a finding").saves.stored;
    journey.press("space");
    let after = journey.app.findings.plan.saves;
    assert_eq!(before.abs_diff(after), saves);
    assert!(journey.screen().contains(&format!("{} saved", size(after))), "{}", journey.screen());
    journey.press("space");
    assert_eq!(journey.app.findings.plan.saves, before);
}

#[test]
fn enter_goes_to_the_files_and_copying_gives_the_fix() {
    let mut journey = Journey::open("hello.docker.tar", 140, 40);
    journey.press("i y");
    let finding = journey.app.finding().cloned().expect("a finding");
    assert_eq!(journey.copied, std::slice::from_ref(&finding.fix.text));
    journey.press("enter");
    assert_eq!(journey.path(), finding.paths[0].path.to_text());
    assert_eq!(Some(journey.app.layers.chosen), finding.stored_in.last().copied());
}

#[test]
fn small_screen_shows_rows_alone() {
    let mut journey = Journey::open("hello.docker.tar", 60, 14);
    journey.press("i");
    assert!(journey.screen().contains("saved"), "{}", journey.screen());
}
