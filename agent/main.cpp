#include "app/app.hpp"

int main(int argc, char** argv) {
    return gup::run_app(argc, argv);
}
