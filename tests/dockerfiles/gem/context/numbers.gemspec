Gem::Specification.new do |gem|
  gem.name = "numbers"
  gem.version = "1.0.0"
  gem.summary = "Numbers"
  gem.authors = ["dockopt-dive"]
  gem.license = "MIT"
  gem.homepage = "https://example.com/"
  gem.files = Dir["lib/*"]
end
