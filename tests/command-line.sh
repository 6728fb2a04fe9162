#!/bin/sh
# command-line.sh PROGRAM - what an operator mistypes is refused in words, and nothing is started or written.
program=$1
data=$(mktemp -d) || exit 1
trap 'rm -rf "$data"' EXIT
failed=0

# expect STATUS WORDS ARGUMENT...
expect() {
	status=$1 words=$2
	shift 2
	said=$(timeout 20 "$program" "$@" </dev/null 2>&1)
	got=$?
	if [ "$got" != "$status" ]; then
		echo "zhifang $*: status $got, not $status: $said"
		failed=1
	fi
	case $said in
	*"$words"*) ;;
	*) echo "zhifang $*: did not say \"$words\" but: $said"; failed=1 ;;
	esac
}

expect 2 'usage: zhifang COMMAND'
expect 0 'usage: zhifang COMMAND' --help
expect 0 'usage: zhifang COMMAND' serve --help
expect 2 'no command frob' frob
expect 2 'no option --frob' serve --frob
expect 2 'no option --frob' import --frob value
expect 2 '--port needs a value' serve --port
expect 1 "$data/none: There is no such file of settings" serve --config "$data/none" --data "$data"
echo 'port' >"$data/broken"
expect 1 "$data/broken:1: A line of the configuration" serve --config "$data/broken" --data "$data"
expect 1 'port: This is not a whole number within its bounds' serve --port 99999999 --data "$data"
expect 1 'port: This is not a whole number within its bounds' config --port abc
echo 'order.commission_permille = 1001' >"$data/share"
expect 1 'order.commission_permille: This is not a whole number' config --config "$data/share"
expect 1 'front end that was named (web) is not there' serve --web "$data/none" --port 0 --data "$data"
expect 2 'usage: zhifang import FOLDER' import "$data" --data "$data"
expect 2 'whole number of fen' import "$data" --creator somebody --language en --price -5 --data "$data"
expect 1 'no such folder' import "$data/none" --creator somebody --language en --data "$data"
expect 1 'no such file' import-catalogue "$data/none" --data "$data"
expect 2 'usage: zhifang ledger verify' ledger --data "$data"
expect 0 'somebody@example.org' user create somebody@example.org --data "$data"
expect 0 'There was no second factor' user one-step somebody@example.org --data "$data"
expect 1 'user-missing' user one-step nobody@example.org --data "$data"
expect 2 'no role king' user create somebody@example.org --role king --data "$data"

# A shop keeps the mode that it was begun in; nothing is begun where something is refused.
expect 1 'notifies by https' init --mode production --data "$data/shop"
expect 0 'empty shop in sandbox mode' init --data "$data/shop"
expect 1 'begun as a sandbox' init --mode production --origin https://shop.example.com --data "$data/shop"
expect 0 'empty shop in production mode' init --mode production --origin https://learn.zhifang.cn --data "$data/real"
expect 1 'begun in production' init --data "$data/real"
expect 1 'No site was begun here' health --data "$data/nowhere"
expect 2 'usage: zhifang health' health now --data "$data/shop"
"$program" health --data "$data/shop" >"$data/health" # 1 on a machine whose disk is full
grep -q '^fine  jobs-failed    0 jobs were given up$' "$data/health" || { echo "zhifang health does not tell of jobs:"; cat "$data/health"; failed=1; }

# The sums need no site. The help's example runs as printed: its command line, then what it says.
example=$("$program" stats --help | grep -A1 '^  zhifang stats' | sed 's/^ *//')
if [ "$(echo "$example" | head -1 | sed "s|^zhifang|$program|" | sh)" != "$(echo "$example" | tail -1)" ] || [ -z "$example" ]; then
	echo "the example of zhifang stats --help does not say what it prints: $example"
	failed=1
fi
expect 0 'P(X > 15) = 0.158655253931457' stats dist normal mean=10 sd=5 --survival 15
expect 0 'P(X = 3) = 0.1171875' stats dist binomial 10 0.5 --density 3
expect 0 'quantile 0.975 = 1.959963984540054' stats dist normal mean=0 sd=1
expect 0 '{"ask":"quantile","at":0.5,"value":10}' stats dist poisson 10 --quantile 0.5 --json
expect 0 'ln P(X > 45) = -1017.2260942' stats dist normal mean=0 sd=1 --survival 45
expect 0 '{"ask":"survival","at":1,"value":0.5625,"log":-0.5753641449035618}' stats dist negative-binomial size=1 p=0.25 --survival 1 --json
expect 2 'usage: zhifang stats' stats
expect 2 'usage: zhifang stats' stats frob
expect 2 'no such distribution' stats dist frob 1
expect 2 'normal takes mean=NUMBER variance=NUMBER' stats dist normal 10 5
expect 2 'normal takes mean=NUMBER sd=NUMBER' stats dist normal mean=10
expect 2 'sd above 0' stats dist normal mean=10 sd=-5 --cdf 1
expect 2 'variance above 0' stats dist normal mean=10 variance=0
expect 2 'not a number' stats dist normal mean=nan sd=1
expect 2 'not a number' stats dist poisson 10x
expect 2 'too many parameters' stats dist poisson 1 2 3 4
expect 2 'A probability lies between 0 and 1' stats dist poisson 10 --quantile 1.5
expect 2 'inf: not a number' stats dist poisson 10 --cdf inf
expect 2 'needs a number' stats dist poisson 10 --cdf
expect 2 'no such option' stats dist poisson 10 --frob 1
# What is read from a file, and what is refused with its place.
printf 'a,b,c,y\n1,2,x,3\n2,4,x,5\n3,6,y,7.5\n4,8,,8\n5,10,y,inf\n' >"$data/t.csv"
printf 'x,y\n1,0\n2,0\n3,1\n4,1\n' >"$data/separated.csv"
printf 'x,y\n1,2\n3\n' >"$data/ragged.csv"
expect 0 'rows: 5 of 5' stats fit "$data/t.csv" --of a
printf 'x,n,z\nyes,1,a\nno,1.0,b\nyes,0,c\nmaybe,2,d\n,,e\n' >"$data/maybe.csv"
head -4 "$data/maybe.csv" >"$data/yes.csv"
printf ',,e\n' >>"$data/yes.csv"
expect 0 'rows: 3 of 4' stats fit "$data/yes.csv" --of x --as bernoulli
expect 0 'p: 0.666667' stats fit "$data/yes.csv" --of x --as bernoulli
expect 0 'p: 0.666667' stats fit "$data/yes.csv" --of n --as bernoulli
expect 1 'line 5, column x: "maybe" is neither 1, yes, true nor 0, no, false' stats fit "$data/maybe.csv" --of x --as bernoulli
expect 1 'line 5, column n: "2" is neither 1, yes, true nor 0, no, false' stats fit "$data/maybe.csv" --of n --as bernoulli
expect 1 'line 2, column x: "yes" is no finite number' stats fit "$data/yes.csv" --of x
expect 0 '"rows_left_out":1' stats test mann-whitney "$data/t.csv" --of a --by c --json
expect 0 'p: 0.0586689' stats test proportions 120/2000 150/2000
expect 0 'p: 0.0293344' stats test proportions 120/2000 150/2000 --alternative less
expect 0 '"alternative":"greater","statistic":3.57462' stats test proportions 120/2000 150/2000 --alternative greater --json
expect 2 'none of two-sided' stats test proportions 120/2000 150/2000 --alternative more
expect 2 'has no direction' stats test anova "$data/t.csv" --of a --by c --alternative less
expect 2 'above .5' stats test proportions 120/2000 150/2000 --alternative less --level .5
expect 1 'line 6, column y: "inf" is no finite number' stats regress "$data/t.csv" --of y --by a
expect 0 'without error' stats regress "$data/t.csv" --of a --by b,b^2
expect 1 'separation' stats regress "$data/separated.csv" --logistic --of y --by x
expect 1 'line 3: A line has more or fewer cells' stats fit "$data/ragged.csv" --of x
expect 0 'after: likelihood x before / of all: 1' stats chance "$data/separated.csv" --of y --by x --at 3
expect 1 'is neither 0 nor 1' stats chance "$data/t.csv" --of a --by b
expect 2 'is no value of the column' stats chance "$data/separated.csv" --of y --by x --at q
printf 'variable rain { type discrete [ 2 ] { yes, no }; }\nprobability ( rain ) { table .2, .8; }\n' >"$data/rain.bif"
expect 0 'rain = yes: 0.2' stats network "$data/rain.bif" --of rain
expect 0 '"evidence":0.8' stats network "$data/rain.bif" --of rain --given rain=no --json

# Classifiers: learned, kept, asked; and what cannot be is said.
awk 'BEGIN { print "who,when,item,word,y"; for (i = 0; i < 5000; i++) printf "c%d,2026-01-05 %02d:%02d:%02d,i%d,no,%d\n", i, i / 3600, i / 60 % 60, i % 60, i % 3, i % 2 }' >"$data/many.csv"
printf 'visits,city,bought\n1,a,0\n2,b,0\n3,a,0\n4,b,1\n5,a,0\n6,b,1\n7,a,1\n8,b,1\n9,a,1\n2,a,0\n8,a,1\n3,b,0\n7,b,1\n' >"$data/visits.csv"
printf 'city,visits\nb,9\nz,\n' >"$data/later.csv"
printf 'city,visits\nb,9\na,\n' >"$data/holes2.csv"
expect 0 'odds ratio' mine logit "$data/visits.csv" --label bought --all --model "$data/visits.model"
expect 0 'words that the model does not know: 1' mine logit "$data/later.csv" --use "$data/visits.model" --reasons 2
expect 0 '{"line":2,"chance":0.95' mine logit "$data/later.csv" --use "$data/visits.model" --reasons 1 --json
expect 0 '"vectors":' mine svm "$data/visits.csv" --label bought --all --kernel radial --json
expect 0 'from what was seen, from' mine svm "$data/visits.csv" --label bought --missed 5
expect 0 '6-10' mine bayes "$data/visits.csv" --label bought --by visits
expect 0 'visits <= ' mine tree "$data/visits.csv" --label bought --all --leaf 1 --model "$data/tree.model"
expect 0 'chance of bought' mine tree "$data/later.csv" --use "$data/tree.model" --reasons 1
expect 0 '"importance":' mine forest "$data/visits.csv" --label bought --trees 5 --all --json --model "$data/forest.model"
expect 0 '"reasons":' mine predict "$data/later.csv" --model "$data/forest.model" --reasons 2 --json
expect 0 'chance of bought' mine predict "$data/later.csv" --model "$data/visits.model"
expect 0 'trees: 7, leaves:' mine boost "$data/visits.csv" --label bought --trees 7 --all --model "$data/boost.model"
# The file may hold a model of another kind than the command's name says: which one is said.
expect 0 'chance of bought: 1, a random forest' mine boost "$data/later.csv" --use "$data/forest.model"
expect 0 '{"model":"gradient boosting","label":"bought"' mine tree "$data/later.csv" --use "$data/boost.model" --json
expect 0 'chance of bought: 1, a decision tree' mine predict "$data/later.csv" --model "$data/tree.model"
expect 0 'chance of bought: 1, logistic regression' mine svm "$data/later.csv" --use "$data/visits.model"
expect 0 '{"model":"logistic regression","label":"bought"' mine bayes "$data/later.csv" --use "$data/visits.model" --json
# Room is made for leaves that there are: 4096 of 250 columns would be 2 GB. A program that is watched needs more than it may have here.
awk 'BEGIN { for (i = 0; i < 60; i++) for (j = 0; j < 250; j++) printf "%s%s", i ? i * j % 59 % 2 : "c" j, j < 249 ? "," : "\n" }' >"$data/wide.csv"
if (ulimit -v 2000000 && "$program" --help >"$data/help") 2>"$data/help"; then
	(ulimit -v 2000000; expect 0 'trees: 2, leaves:' mine boost "$data/wide.csv" --label c1 --trees 2 --leaves 4096 --weight .01 --all --threads 1; exit $failed) || failed=1
fi
# What a forest may need is bounded by its depth, too: by rows alone it would be 720 MB.
awk 'BEGIN { print "x,y"; for (i = 0; i < 5001; i++) print i, "," i % 3 % 2 }' OFS= >"$data/rows.csv"
case $("$program" mine forest "$data/rows.csv" --label y --trees 2000 --depth 1 --all 2>&1) in
*memory*) echo 'zhifang mine forest --depth 1: speaks of memory'; failed=1 ;;
*'trees: 2000'*) ;;
*) echo 'zhifang mine forest --depth 1: did not say how many trees'; failed=1 ;;
esac
# Long numbers that are names, names without end, decimals as classes; and labels that a model does not know are answered all the same.
printf 'who,day,to,y\n1234567890123456789,2026-01-05,.1,0\n1234567890123456790,2026-01-06,.3,0\n1234567890123456800,2026-02-06,.1,1\n' >"$data/long.csv"
expect 0 '1234567890123456790            31            1' mine rfm "$data/long.csv" --customer who --day day --rows
expect 0 '1234567890123456789                             1     0.333333' mine rules "$data/long.csv" --basket day --item who --least 1 --sets frequent
expect 0 'baskets: 3' mine rules "$data/long.csv" --basket who --item to --least 1 --sets frequent
expect 0 'to: 0.3 against 0.1, a decision tree' mine tree "$data/long.csv" --label to --all
expect 0 '1 to judge by' mine tree "$data/long.csv" --label to --group who --names y --leaf 1
expect 0 'customers: 5000' mine rfm "$data/many.csv" --customer who --day when
expect 0 'baskets: 5000' mine rules "$data/many.csv" --basket who --item item --least 1
expect 0 '1000 to judge by' mine tree "$data/many.csv" --label y --time when
expect 0 '1000 to judge by' mine tree "$data/many.csv" --label y --group who
expect 1 'column word: No row is left to judge by; --all' mine tree "$data/many.csv" --label y --test word
expect 1 'line 2, column item: Rows to judge by are marked 1, yes, true or test, the others 0, no, false, train or not at all. (i' mine tree "$data/many.csv" --label y --test item
expect 1 'column word: All rows are of one group' mine tree "$data/many.csv" --label y --group word
expect 1 'column word: All rows have the same time' mine tree "$data/many.csv" --label y --time word
sed 's/,1$/,/; s/,0$/,maybe/' "$data/visits.csv" >"$data/unlabelled.csv"
expect 0 '      14 ' mine predict "$data/unlabelled.csv" --model "$data/visits.model"
expect 0 '       5 ' mine logit "$data/unlabelled.csv" --use "$data/visits.model"
expect 0 '      14 ' mine tree "$data/unlabelled.csv" --use "$data/tree.model"
# Clusters by density: noise is told, and a radius is proposed.
printf 'x,y\n0,0\n1,0\n0,1\n1,1\n10,10\n11,10\n10,11\n11,11\n2,1\n5,5\n3,1e101\n-1,\n' >"$data/all.csv"
head -11 "$data/all.csv" >"$data/places.csv"
expect 0 'line 11: noise' mine cluster "$data/places.csv" --method dbscan --raw --radius 1.5 --rows
expect 0 '{"line":11,"cluster":null}' mine cluster "$data/places.csv" --method dbscan --raw --rows --json
expect 0 'noise: 10 rows, 100.0 %' mine cluster "$data/places.csv" --method dbscan --radius .001
expect 2 '--k: is no option of --method dbscan' mine cluster "$data/places.csv" --method dbscan --k 2
expect 2 '--radius: wants --method dbscan' mine cluster "$data/places.csv" --radius 2
expect 2 'hdbscan: is none of kmeans, dbscan' mine cluster "$data/places.csv" --method hdbscan
awk 'BEGIN { print "x,y"; for (i = 0; i < 2001; i++) print i % 2 * 9 "," i % 7 }' >"$data/more.csv"
expect 0 'silhouette is of so many of the rows: 2000' mine cluster "$data/more.csv" --k 2
expect 0 '"silhouette_rows":2000' mine cluster "$data/more.csv" --k 2 --json
awk 'BEGIN { print "x"; for (i = 0; i < 10001; i++) print i * i }' >"$data/many.csv2"
expect 0 'distances are of so many of the rows: 10000' mine cluster "$data/many.csv2" --method dbscan
expect 1 'fewer rows than make a core row' mine cluster "$data/places.csv" --method dbscan --least 11
expect 1 'line 12, column y: is no number below 1e100' mine cluster "$data/all.csv" --method dbscan
printf 'x\n1\n1\n1\n1\n' >"$data/alike.csv"
expect 1 '--radius is wanted' mine cluster "$data/alike.csv" --method dbscan
expect 0 'clusters: 1' mine cluster "$data/alike.csv" --method dbscan --radius 1
# How long people stay; those who are still there are no hole, and who left before they came is told by the line.
printf 'who,came,left,plan\nann,2026-01-05,2026-01-25,month\nbob,2026-01-10,,year\ncai,2026-01-12,2026-02-21,month\ndan,2026-03-01,,year\n' >"$data/members.csv"
expect 0 'rows: 4 of 4' mine survival "$data/members.csv" --from came --to left
expect 0 'left out: came later: 1' mine survival "$data/members.csv" --from came --to left --as-of 2026-02-25 --at 1,30
expect 0 '"log_rank":' mine survival "$data/members.csv" --from came --to left --group plan --json
expect 1 'line 2, column came: they left before they came' mine survival "$data/members.csv" --from left --to came
expect 1 'line 2, column plan: is no day' mine survival "$data/members.csv" --from came --to plan
expect 1 'column came: "2026-01-05" is no finite number' mine survival "$data/members.csv" --time came
expect 1 'somebody must have left' mine survival "$data/members.csv" --from came --to left --as-of 2026-01-24
expect 2 'one of them is wanted' mine survival "$data/members.csv" --group plan
expect 2 '3: times are numbers of 0 and above, upwards' mine survival "$data/members.csv" --from came --to left --at 5,3
printf 't,gone,of\n1,yes,a\n2,maybe,a\n' >"$data/gone.csv"
expect 1 'line 3, column gone: is neither 1, yes or true' mine survival "$data/gone.csv" --time t --left gone
expect 1 'groups that can differ are at least two' mine survival "$data/gone.csv" --time t --group of
printf 't\n1\n-2\n' >"$data/before.csv"
printf 't,gone\n1234567,1\n1234567.5,1\n2000000,0\n' >"$data/seconds.csv"
expect 0 '{"time":"1234567.5",' mine survival "$data/seconds.csv" --time t --left gone --json
expect 1 'line 3, column t: times are 0 and above' mine survival "$data/before.csv" --time t
# Rows to learn from, out of events; what would let the future in is refused.
printf 'who,day,did,yuan\n007,2026-01-10,view,\n007,2026-01-28,buy,30\n7,2026-02-01,buy,50\n7,2026-01-31,"vi,ew",\n007,2026-03-01,view,\n' >"$data/log.csv"
features="mine features $data/log.csv --who who --when day --kind did --amount yuan"
expect 0 '007,2026-02-01,4,1,30,' $features --cut 2026-02-01 --windows 30 --label buy --horizon 2
expect 0 '"vi,ew in 30"' $features --cut 2026-02-01 --windows 30
expect 0 'rows, of people at cut-offs before which they did something: 4' $features --cut 2026-02-01,2026-02-20 --windows 30 --label buy --horizon 3 --out "$data/rows.csv"
expect 0 '2 to judge by' mine forest "$data/rows.csv" --label label --test test --group who --without cut --trees 3
expect 0 '"rows_written":4' $features --cut 2026-02-01,2026-02-20 --out "$data/rows.csv" --json
expect 1 'reaches behind what is known' $features --cut 2026-03-01 --label buy --horizon 7
expect 0 '007,2026-03-01' $features --cut 2026-03-01 --label buy --horizon 7 --until 2026-03-09
expect 1 'earlier cut-off reaches behind the last one' $features --cut 2026-02-01,2026-02-03 --label buy --horizon 7
expect 1 'Nobody did anything before the first cut-off' $features --cut 2026-01-01
expect 1 'and so do windows' $features --cut 2026-02-01 --windows 30,7
expect 2 '5: is no day' $features --cut 5
expect 2 '0: is no whole number above 0' $features --cut 2026-02-01 --windows 0
expect 2 'sell: is no kind of event' $features --cut 2026-02-01 --label sell --horizon 3
expect 2 'stand together' $features --cut 2026-02-01 --label buy
expect 2 'stands with --out' $features --cut 2026-02-01 --json
expect 1 'line 2, column did: is neither a day' mine features "$data/log.csv" --who who --when did --cut 5
printf 'w,t,k,n\nx,1,a,5\nx,2,a amount,0\n' >"$data/kinds.csv"
expect 1 'two columns would be called a amount in 7' mine features "$data/kinds.csv" --who w --when t --kind k --amount n --cut 9 --windows 7
printf 'w,t\nx,1\nx,2.5\n' >"$data/half.csv"
expect 1 'line 3, column t: is neither a day' mine features "$data/half.csv" --who w --when t --cut 9
# A shop's lines, cleaned.
printf 'who,when,what,n,price\n17,2026-01-05,book,2,30\n17,2026-01-05,pen,1,5\n17,2026-01-05,pen,1,5\n017,2026-01-06,"b, c",1,30\n,2026-01-06,book,1,30\n17,2026-01-07,book,-1,30\n21,2026-01-08,,3,\n' >"$data/bills.csv"
sales="mine sales $data/bills.csv --customer who --time when --item what --quantity n"
expect 0 'their amount, each once: 95' $sales --price price --out "$data/clean.csv" --once
expect 0 '"clean":4,"clean_once":3,"amount":100,' $sales --price price --json
expect 0 'customers: 2' mine rfm "$data/clean.csv" --customer customer --day time --amount amount
expect 0 'b, c' mine rules "$data/clean.csv" --basket customer --item item --least 1 --sets frequent
expect 2 'stands with --out' $sales --price price --once
expect 1 'line 2, column what: "book" is no finite number' $sales --price what
printf 'w,t,i,n,p\na,1,b,1,2\na,1,b,1,1e15\n' >"$data/much.csv"
expect 1 'line 3, column p: is no number below 1e15' mine sales "$data/much.csv" --customer w --time t --item i --quantity n --price p
# Trials: shares, means, what was before; and people who are there twice or missing.
printf 'who,page,bought,spent,before\n1,a,no,3,2\n2,b,yes,5,4\n3,a,yes,4,\n4,b,yes,7,6\n5,c,no,1,1\n01,a,no,2,3\n6,b,,9,8\n' >"$data/trial.csv"
expect 0 'A: a, B: b' mine trial "$data/trial.csv" --variant page --outcome bought --a a --b b --who who
expect 0 "shares, by Fisher's test" mine trial "$data/trial.csv" --variant page --outcome bought --a a --b b
expect 0 'people of whom nothing is known before: 1' mine trial "$data/trial.csv" --variant page --outcome spent --a a --b b --before before
expect 0 '"test":"shares, by Fisher' mine trial "$data/trial.csv" --variant page --outcome bought --a a --b b --json
expect 0 'level of the intervals: 0.99' mine trial "$data/trial.csv" --variant page --outcome bought --a a --b b --looks 5
expect 2 'page: has more than two variants' mine trial "$data/trial.csv" --variant page --outcome bought
expect 2 'd: there is no such variant' mine trial "$data/trial.csv" --variant page --outcome bought --a d
expect 2 'are the same variant' mine trial "$data/trial.csv" --variant page --outcome bought --a a --b a
expect 1 'line 4, column bought: stands in line 3, too' mine trial "$data/trial.csv" --variant page --outcome spent --a a --b b --who bought
expect 1 'line 2, column page: "a" is no finite number' mine trial "$data/trial.csv" --variant bought --outcome page
awk 'BEGIN { print "v,y"; for (i = 0; i < 3000; i++) print (i % 5 < 2 ? "a" : "b") "," i % 3 % 2 }' >"$data/uneven.csv"
expect 0 'Groups are not as they were planned' mine trial "$data/uneven.csv" --variant v --outcome y
expect 0 'parted as planned, p: 1' mine trial "$data/uneven.csv" --variant v --outcome y --planned .4
# Ids stay as they stand.
printf 'who,day,item\n007,20260105,01\n7,20260106.0,1\n007,2026-01-07,1e1\n7,2026-01-07,10\n' >"$data/ids.csv"
expect 0 '007                             0            2' mine rfm "$data/ids.csv" --customer who --day day --rows
expect 0 '7                               0            2' mine rfm "$data/ids.csv" --customer who --day day --rows
expect 0 'different items: 4' mine rules "$data/ids.csv" --basket who --item item --least 1
# Baskets, a line each; none is refused.
printf '1 2 3\n1 2\n3\n1\n' >"$data/baskets.txt"
expect 0 'numbers in all lines: 7' mine rules "$data/baskets.txt" --least 2 --significance 1
expect 1 'No basket has an item' mine rules /dev/null
echo 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 >"$data/one.txt"
expect 1 'more than 1,048,576 rules' mine rules "$data/one.txt" --least 1 --significance 1 --explained
expect 1 'another kind' mine logit "$data/later.csv" --use "$data/boost.model"
expect 1 'This is no model file' mine predict "$data/visits.csv" --model "$data/visits.csv"
expect 1 'column visits: There is no such column' mine predict "$data/t.csv" --model "$data/tree.model"
expect 2 'usage: zhifang mine' mine
expect 2 'what is foretold' mine svm "$data/visits.csv"
expect 2 'kernels are linear and radial' mine svm "$data/visits.csv" --label bought --kernel cubic
expect 2 'no chances of its own' mine svm "$data/visits.csv" --label bought --chances own
expect 1 'column frob: There is no such column' mine logit "$data/visits.csv" --label frob
expect 1 'two classes' mine logit "$data/visits.csv" --label visits
expect 1 'This is no model file' mine logit "$data/visits.csv" --use "$data/visits.csv"
expect 1 'column visits: There is no such column' mine logit "$data/t.csv" --use "$data/visits.model"
expect 2 'names no state' stats network "$data/rain.bif" --of rain --given rain=maybe
expect 1 'line 1: This is no Bayesian network' stats network "$data/t.csv" --of rain
printf 'a,b,c\n1,x,u\n2,y,u\n1,x,v\n2,y,\n2,y,v\n1,x,u\n' >"$data/s.csv"
expect 0 'a -> b: ' stats structure "$data/s.csv" --tiers a/b
expect 0 '"rows_left_out":1' stats structure "$data/s.csv" --json --exact
expect 0 'probability ( a | b )' stats structure "$data/s.csv" --bif --must 'b->a'
expect 1 'goes in a circle' stats structure "$data/s.csv" --tiers a/b/a
expect 1 'goes in a circle' stats structure "$data/s.csv" --must 'a->b,b->a'
expect 1 'must be and must not be' stats structure "$data/s.csv" --must 'a->b' --never 'a->b'
expect 2 'is none of the columns' stats structure "$data/s.csv" --never 'a->d'
expect 2 'is no arrow' stats structure "$data/s.csv" --never 'a'
expect 2 'no whole number from 0 to 10' stats structure "$data/s.csv" --parents 11
expect 2 'there is no column z; there are x, y' stats fit "$data/separated.csv" --of z
expect 2 'no such option' stats regress "$data/t.csv" --of y --by a --frob
expect 2 'level of confidence' stats regress "$data/t.csv" --of y --by a --level 2
expect 2 'cannot be opened' stats fit "$data/none.csv" --of x
expect 2 'usage: zhifang stats regress' stats regress "$data/t.csv"
expect 2 'frob: no such test' stats test frob
expect 2 'wants the p of each test' stats test corrections
expect 1 'Shares lie between 0 and 1 and differ' stats test power-proportions .1 .1 --power .8
expect 1 'power lies between the level and 1' stats test power-means 1 2 --power 1
expect 2 'is no share' stats test proportions 1 2
# Which value a test cannot take is said.
printf 'g,x,y\na,1,1\na,1,2\na,1,3\nb,2,4\nb,2,5\n' >"$data/flat.csv"
expect 1 '5/3: Of a share A/N, A is at most N' stats test proportions 5/3 1/2
expect 1 '1.5/2: A count is a whole number' stats test fisher 1/3 1.5/2
expect 1 '0/0: Of a share A/N, N is above 0' stats test fisher 0/0 1/2
expect 1 'Both shares are 0' stats test proportions 0/10 0/20
expect 1 'Both shares are 1' stats test proportions 10/10 20/20
expect 0 'p (all cases counted): 1' stats test fisher 0/10 0/20
expect 1 'flat.csv: All values of each group are equal' stats test welch "$data/flat.csv" --of x --by g
printf 'a,b\nu,p\nv,q\nu,p\nv,p\nw,\n' >"$data/holes.csv"
expect 0 'rows: 4 of 5' stats test independence "$data/holes.csv" --of a --by b
awk 'BEGIN { print "a,b"; for (i = 0; i < 5001; i++) print "w" i % 51 ",v" i % 2 }' >"$data/many.csv"
expect 1 'more than 50 different values' stats test independence "$data/many.csv" --of a --by b
awk 'BEGIN { print "x"; for (i = 0; i < 5001; i++) print i }' >"$data/long.csv"
expect 1 'made for 3 to 5000 values' stats test shapiro-wilk "$data/long.csv" --of x
printf 'x,y,z\n1,1,7\n2,2,7\n3,3,7\n' >"$data/line.csv"
expect 1 'line.csv: All values are equal' stats test t "$data/line.csv" --of z
expect 0 '(intercept)            0            0' stats regress "$data/line.csv" --of y --by x
# An infinity among numbers is told of where its column is used, and makes no names of them; so is a column without anything in it.
printf 'a,b,empty,word,y\n1,1,,u,0\n2,inf,,v,1\n3,3,,u,0\n4,4,,v,1\n5,5,,u,0\n6,5,,v,1\n7,2,,u,0\n' >"$data/odd.csv"
expect 1 'line 3, column b: An infinite number' mine tree "$data/odd.csv" --label y
expect 1 'line 3, column b: An infinite number' mine tree "$data/odd.csv" --label y --without a --time b
expect 0 'columns: 2; numbers: a; words: word' mine tree "$data/odd.csv" --label y --without b --leaf 1
expect 0 'left out: column empty, which is empty' mine tree "$data/odd.csv" --label y --names b --leaf 1
expect 0 '"numbers":["a"],"words":["b","word"],"columns_empty":["empty"],"columns_too_many_words":[]' mine tree "$data/odd.csv" --label y --names b --leaf 1 --json
expect 0 'time: 1 to 6 to learn from, 7 to 7 to judge by' mine tree "$data/odd.csv" --label y --without b --time a --leaf 1
expect 0 '"time":{"learned_from_first":"1","learned_from_last":"6","judged_by_first":"7","judged_by_last":"7"}' mine tree "$data/odd.csv" --label y --without b --time a --leaf 1 --json
expect 1 'line 3, column b: "inf" is no finite number' stats regress "$data/odd.csv" --of a --by b
expect 1 'line 3, column b: "inf" is no finite number' stats chance "$data/odd.csv" --of y --by b
expect 1 'line 3, column b: "inf" is no finite number' stats structure "$data/odd.csv"
expect 1 'line 3, column b: "inf" is no finite number' mine cluster "$data/odd.csv" --k 2
sed 's/inf/2/' "$data/odd.csv" >"$data/even.csv"
expect 0 'left out: empty (empty), word (words)' mine cluster "$data/even.csv" --k 2
expect 2 'a: is there twice' mine cluster "$data/even.csv" --columns a,a
expect 1 'column empty: is empty' mine cluster "$data/even.csv" --columns a,empty
expect 1 'column empty: is empty' stats regress "$data/even.csv" --of a --by empty
expect 1 'column a: "1" is a name here' mine sales "$data/even.csv" --customer a --time y --item word --quantity a --price b
expect 1 'column empty: is empty' stats structure "$data/even.csv"
expect 0 'left out: 2 rows after that day' mine rfm "$data/ids.csv" --customer who --day day --as-of 2026-01-06
expect 0 '"month_1":0,"month_2":0,"month_3":null' mine rfm "$data/ids.csv" --customer who --day day --as-of 2026-03-02 --json
printf 'who,day\na,1900-01-01\nb,2026-01-01\n' >"$data/ages.csv"
expect 1 "zhifang: $data/ages.csv: Purchases are more than 1,000 months apart" mine rfm "$data/ages.csv" --customer who --day day --json
[ "$said" = "zhifang: $data/ages.csv: Purchases are more than 1,000 months apart: a day may be mistyped." ] || { echo "zhifang mine rfm --json: a part of an answer: $said"; failed=1; }
expect 0 'purchases from 2026-01-05 to 2026-01-07' mine rfm "$data/ids.csv" --customer who --day day
expect 0 'rows: 2
holes: 1' mine predict "$data/holes2.csv" --model "$data/visits.model"
# Thresholds and values are told in full.
printf 'at,y\n1700000001,0\n1700000002,0\n1700000005,1\n1700000006,1\n' >"$data/stamps.csv"
expect 0 'at <= 1700000003.5: 0 of 2.' mine tree "$data/stamps.csv" --label y --all --leaf 1 --model "$data/stamps.model"
expect 0 'at=1700000005 +0.5' mine predict "$data/stamps.csv" --model "$data/stamps.model" --reasons 1
# Sales say of what time they are, and that some have none.
printf 'who,day,what,n,price\na,2026-01-05,pen,1,2\na,,pen,1,2\nb,2026-02-01 10:00,pen,1,2\n' >"$data/times.csv"
sales="--customer who --time day --item what --quantity n --price price"
expect 0 'rows: 3
from 2026-01-05 to 2026-02-01
without a time, one basket of a customer: 1' mine sales "$data/times.csv" $sales
expect 0 '{"rows":3,"first":"2026-01-05","last":"2026-02-01","no_time":1,' mine sales "$data/times.csv" $sales --json
sed 's/2026-01-05/5 January/' "$data/times.csv" >"$data/times2.csv"
expect 0 'rows: 3
without a time' mine sales "$data/times2.csv" $sales
# A word is known again where all the words of a later file look like numbers.
printf 'code,y\n01,1\n02,0\nx,0\n01,1\n02,0\nx,1\n' >"$data/codes.csv"
printf 'code\n01\n02\n' >"$data/codes2.csv"
expect 0 'words: code' mine tree "$data/codes.csv" --label y --all --leaf 1 --model "$data/codes.model"
expect 0 '       2            1' mine predict "$data/codes2.csv" --model "$data/codes.model"
# What cannot be written is no success, and a device stays one.
if [ -c /dev/full ]; then
	"$program" stats dist poisson 10 >/dev/full 2>"$data/complaint" && { echo "zhifang stats dist >/dev/full: status 0"; failed=1; }
	grep -q 'dist: the answer cannot be written' "$data/complaint" || { echo "zhifang stats dist >/dev/full: did not say so"; failed=1; }
fi
exit $failed
