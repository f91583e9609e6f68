// Counts the words in its input and prints the most frequent ones.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <vector>

int main(int argc, char **argv)
{
	const std::regex word("[[:alpha:]]+");
	std::map<std::string, int> counts;
	std::string line;
	std::ifstream file;
	if (argc > 1)
		file.open(argv[1]);
	std::istream &in = argc > 1 ? file : std::cin;
	while (std::getline(in, line))
		for (std::sregex_iterator it(line.begin(), line.end(), word), end; it != end; ++it)
			++counts[it->str()];
	std::vector<std::pair<int, std::string>> sorted;
	for (const auto &[text, count] : counts)
		sorted.emplace_back(-count, text);
	std::sort(sorted.begin(), sorted.end());
	for (std::size_t i = 0; i < std::min<std::size_t>(10, sorted.size()); ++i)
		std::cout << -sorted[i].first << ' ' << sorted[i].second << '\n';
}
