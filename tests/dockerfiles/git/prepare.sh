# What a working copy has that no image needs: a git repository of some commits, settings, modules.
set -e
cd context
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
git init -q -b main .
mkdir data
for turn in 1 2 3; do
	seq $turn 7 700000 >data/numbers
	git add run.sh data
	git commit -q -m "Numbers $turn"
done
mkdir -p .vscode node_modules/numbers __pycache__
echo '{"editor.tabSize": 4}' >.vscode/settings.json
echo 'DATABASE_URL=postgres://app:example@db/app' >.env
echo '{"name": "numbers", "version": "1.0.0"}' >node_modules/numbers/package.json
seq 1 200000 >node_modules/numbers/index.txt
printf 'node_modules\n.env\n.vscode\n__pycache__\n' >.gitignore
